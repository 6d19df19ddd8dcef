// Removes old commits of a model. Reads and decides for itself, and may run
// beside readers and a writer. It repairs nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/store/model_reader.hpp"

namespace ganglion {

struct prune_options {
  /// Of the commits, the newest so many stay: at least 1.
  std::uint64_t keep = 1;
  /// So does the best by validation, where there is one, and all newer ones.
  bool keep_best = false;
  /// How the newest whole commit, which stays, is checked.
  verification depth = verification::everything;
};

struct prune_report {
  /// Oldest first.
  std::vector<commit_id> removed;
  /// Would have gone, but a reader has pinned it; all newer ones stay with it.
  std::optional<commit_id> pinned;
  std::uint64_t removed_shards = 0;
};

/// Removes all that is older than what stays, up to the first that is pinned;
/// then those shards of that age that nothing needs.
/// Errors: busy while a writer is opening the model.
caf::expected<prune_report> prune(file_system& files, const std::string& dir,
                                  const prune_options& options);

} // namespace ganglion
