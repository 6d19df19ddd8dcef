// Which commit of a model predict asks: the one that the user names, or the
// newest one that is whole as far as is known, which those who read its shards
// may still find otherwise. Reads network, manifests and placements, and never
// a shard. For one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/model_store/store/model_reader.hpp"

namespace ganglion::cli {

/// A commit that is not pruned while this lives.
struct version {
  manifest what;
  /// None where the model can only be read.
  std::optional<commit_pin> pin;
};

/// "FENCE-STEP", or "best": by validation. Errors: bad_argument, not_found.
caf::expected<manifest> find_named(const model_reader& from,
                                   const std::string& text);

class commit_choice {
public:
  /// How often another commit is taken because one was pruned.
  static constexpr int attempts = 8;

  /// Errors: those of model_reader::open.
  static caf::expected<commit_choice> open(file_system& files,
                                           const std::string& dir);

  [[nodiscard]] const model_reader& reader() const noexcept {
    return reader_;
  }

  /// Opens what the directory holds now, if that may be something else than
  /// before: whether it was opened. Then no commit is taken for damaged.
  /// Errors, after which all is as before: bad_argument where it is a model of
  /// another network; not_found where it is gone; those of model_reader::open.
  caf::expected<bool> renew();

  /// "FENCE-STEP", or "best": by validation. Errors: not_found where there is
  /// none (any more).
  caf::expected<version> named(const std::string& text);

  /// The newest one but for those that are skipped, each of which is reported.
  /// Without a pin where it is `mine`, which is pinned already. Errors: those
  /// of model_reader::newest.
  caf::expected<version> newest(commit_id mine = {});

  /// Why nothing could be read: that the model is gone, if it is by now.
  [[nodiscard]] caf::error reason(caf::error err) const;

  /// Takes a commit for damaged from now on.
  void skip(commit_id id, caf::error why);

  /// Reports that a commit is skipped, unless that has been.
  void warn_once(commit_id id, const caf::error& why);

  /// Whether it was pruned.
  [[nodiscard]] bool is_gone(commit_id id) const;

private:
  /// Tells files apart that come to have one name.
  struct file_stamp {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    std::int64_t size = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;

    bool operator==(const file_stamp&) const = default;
  };

  commit_choice(file_system& files, model_reader reader,
                std::optional<file_stamp> stamp)
    : files_(&files), reader_(std::move(reader)), stamp_(stamp) {
    // nop
  }

  /// Of the model's network, which is made once.
  static std::optional<file_stamp> stamp_of(const std::string& dir);

  [[nodiscard]] caf::error gone() const;

  /// Errors: not_found where it was pruned meanwhile.
  caf::expected<version> pinned(manifest what);

  file_system* files_;
  model_reader reader_;
  std::optional<file_stamp> stamp_;
  std::vector<skipped_commit> damaged_;
  std::set<commit_id> warned_;
};

} // namespace ganglion::cli
