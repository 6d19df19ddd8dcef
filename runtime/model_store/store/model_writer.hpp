// The one writer of a model: takes the lease, and turns complete sets of shards
// into commits. Nodes write shards themselves, each its own (see shard.hpp),
// and tell the writer what they wrote. Owned by one thread. Once another writer
// has taken over, it can never commit again; see docs/MODEL_STORE.md.
// Destroying it lets the lease go, and deletes nothing.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "metadata/training/data_description.hpp"
#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/store/lease.hpp"
#include "runtime/model_store/store/manifest.hpp"
#include "runtime/model_store/store/model_reader.hpp"
#include "runtime/model_store/store/prune.hpp"

namespace ganglion {

struct writer_options {
  writer_identity who;
  /// Go on although another writer holds the lease: it hangs, or is cut off.
  bool take_over = false;
  /// How the commit to go on from is checked.
  verification depth = verification::everything;
  /// The lowest fence to raise: a branch goes on from where it comes from.
  std::uint64_t first_fence = 1;
  /// Of a new model: what it learns of its data.
  std::optional<data_description> data;
};

/// What a commit is to say.
struct commit_draft {
  /// Of the weights in the shards. `cursor.steps` is the commit's step.
  training_cursor cursor;
  training_options options;
  placement where;
  /// In any order.
  std::vector<shard_entry> shards;
  double loss = 0;
  /// Over samples that were not learned from; NaN where none were asked about.
  double validation = std::numeric_limits<double>::quiet_NaN();
};

class model_writer {
public:
  /// Makes a new model, and the directory unless that is there and empty (or
  /// holds what a crash left of making a model), and takes its lease. Errors:
  /// bad_argument where there is a model already or something else, busy,
  /// system.
  static caf::expected<model_writer> create(file_system& files, std::string dir,
                                            const network& net,
                                            writer_options options);

  /// What a model that was made without knowing its data learns of them now,
  /// unless it has been said before. Errors: system.
  [[nodiscard]] caf::error describe(const data_description& data);

  /// Takes the lease of a model. Errors: not_found, busy naming who writes it,
  /// bad_model where it has commits and none is whole.
  static caf::expected<model_writer> open(file_system& files, std::string dir,
                                          writer_options options);

  /// Names its commits and, before that, their shards.
  [[nodiscard]] std::uint64_t fence() const noexcept {
    return lease_.fence;
  }

  [[nodiscard]] const model_reader& reader() const noexcept {
    return reader_;
  }

  /// The newest whole commit when the lease was taken: where to go on from.
  [[nodiscard]] const std::optional<found_commit>& base() const noexcept {
    return base_;
  }

  /// Commits. When this returns a manifest, the commit is durable and nobody
  /// can take it back. Errors: lost_lease (never commits again); bad_argument
  /// for shards that are no complete version; bad_model for shards that this
  /// process does not find in the model; system (the commit may count or not;
  /// commit the same again, or go on to a later step).
  caf::expected<manifest> commit(commit_draft draft);

  /// Removes old commits of the model. Errors: those of prune.
  caf::expected<prune_report> prune(const prune_options& options);

  /// An error with errc::lost_lease, naming who has it, where another writer
  /// has taken over.
  caf::error check_lease();

private:
  model_writer(file_system& files, model_reader reader)
    : files_(&files), reader_(std::move(reader)) {
    // nop
  }

  [[nodiscard]] caf::error check_free(std::uint64_t fence) const;
  caf::error raise_fence(const writer_options& options);
  caf::error find_base(verification depth);
  [[nodiscard]] caf::error busy(std::uint64_t fence) const;
  [[nodiscard]] caf::error check(const commit_draft& draft) const;
  [[nodiscard]] manifest make_manifest(commit_draft draft) const;
  caf::error find_shards(const manifest& what) const;
  caf::expected<manifest> publish(manifest what);

  file_system* files_;
  model_reader reader_;
  lease_record lease_;
  /// Of the lease's own record.
  std::unique_ptr<file_lock> lock_;
  std::optional<found_commit> base_;
  /// The last step committed by this writer.
  std::optional<std::uint64_t> last_step_;
  caf::error lost_;
};

} // namespace ganglion
