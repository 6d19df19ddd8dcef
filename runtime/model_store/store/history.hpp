// Which commits count. Every fence has a record of the commit on which it
// builds; manifests of older fences beyond that are void. Reads directory
// listings and these records only; whether a commit is whole is not its affair.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/store/commit_name.hpp"
#include "runtime/model_store/store/lease.hpp"

namespace ganglion {

/// A file that cannot be made sense of.
struct damage {
  std::string path;
  caf::error why;
};

struct history {
  /// Newest first.
  std::vector<commit_id> counting;
  /// Of writers that had lost their lease.
  std::vector<commit_id> voided;
  /// The highest fence, 0 where there is none: who may write.
  std::uint64_t highest_fence = 0;
  /// Fences above all those that have a say: a writer is opening the model, or
  /// died doing so. What it will build on is not known yet.
  std::vector<std::uint64_t> undecided;
  /// Records of bases that cannot be read.
  std::vector<damage> damaged;
};

/// Reads it. Errors: system, stale, incompatible.
caf::expected<history> read_history(file_system& files, const std::string& dir,
                                    freshness wanted);

/// Fences that were raised, highest first.
caf::expected<std::vector<std::uint64_t>>
list_fences(file_system& files, const std::string& dir, freshness wanted);

} // namespace ganglion
