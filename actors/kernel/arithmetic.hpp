// The arithmetic fingerprint: what must agree between servers for their results
// to be equal to the bit. Computed once per process; exchanged when a node
// joins. It finds out, it does not decide what to do about a difference.
#pragma once

#include <string>

#include "metadata/fields.hpp"

namespace ganglion {

struct arithmetic_fingerprint {
  /// Instruction set that oneDNN uses.
  std::string instruction_set;
  /// oneDNN's version.
  std::string library;
  /// Compiler and the flags that matter.
  std::string build;
  /// SHA-256 of the weights after a tiny fixed training.
  std::string trial;

  friend bool operator==(const arithmetic_fingerprint&,
                         const arithmetic_fingerprint&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"instruction_set", self.instruction_set},
                 field{"library", self.library}, field{"build", self.build},
                 field{"trial", self.trial});
  }
};

/// This process's own.
const arithmetic_fingerprint& own_arithmetic();

/// What differs, in words; empty where nothing does.
std::string difference(const arithmetic_fingerprint& ours,
                       const arithmetic_fingerprint& theirs);

} // namespace ganglion
