// The arithmetic fingerprint: what must agree between servers for their results
// to be equal to the bit. The same on all machines that run one version of the
// arithmetic, whatever their instruction sets. Computed once per process;
// exchanged when a node joins. It finds out, it decides nothing.
#pragma once

#include <cstdint>
#include <string>

#include "metadata/fields.hpp"

namespace ganglion {

/// Rises with every change that gives other bits: an order of addition, a
/// polynomial, a generator.
constexpr std::uint32_t arithmetic_version = 2;

struct arithmetic_fingerprint {
  std::uint32_t version = arithmetic_version;
  /// SHA-256 of what a tiny fixed training of every kind gives.
  std::string trial;

  friend bool operator==(const arithmetic_fingerprint&,
                         const arithmetic_fingerprint&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"version", self.version}, field{"trial", self.trial});
  }
};

/// Trains, with the instruction set in force.
arithmetic_fingerprint compute_arithmetic();

/// This process's own.
const arithmetic_fingerprint& own_arithmetic();

/// What differs, in words; empty where nothing does.
std::string difference(const arithmetic_fingerprint& ours,
                       const arithmetic_fingerprint& theirs);

} // namespace ganglion
