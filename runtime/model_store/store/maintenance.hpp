// What is done to a model as a whole: checking all of it, branching off a copy;
// and see prune.hpp. Each function reads and decides for itself and may run
// beside readers and a writer. It repairs nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/store/model_reader.hpp"
#include "runtime/model_store/store/model_writer.hpp"

namespace ganglion {

struct fsck_report {
  struct commit {
    commit_id id;
    /// Whether it is void: of a writer that had lost its lease.
    bool voided = false;
    /// What is wrong with it, where it is not whole.
    caf::error why;
  };

  /// Newest first.
  std::vector<commit> commits;
  /// The newest that counts and is whole.
  std::optional<commit_id> newest_whole;
  /// Files that cannot be read or do not agree with their checksums.
  std::vector<damage> damaged;
  /// Files that belong to no commit: left by a crash, or being written.
  std::vector<std::string> orphaned;
};

/// Checks every checksum. Errors only where the model cannot be read at all.
caf::expected<fsck_report> fsck(file_system& files, const std::string& dir,
                                const work_observer& observer = {});

/// Makes a new model of one commit of another, whose files it shares by hard
/// links where the file system can, and copies elsewhere. The commit keeps its
/// name. Errors: those of model_reader::find and model_writer::create.
caf::expected<manifest> branch(file_system& files, const std::string& from,
                               commit_id id, const std::string& to,
                               const writer_identity& who);

} // namespace ganglion
