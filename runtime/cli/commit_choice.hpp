// Which commit of a model predict asks: the one that the user names, or the
// newest one that is whole as far as is known, which those who read its shards
// may still find otherwise. Reads network, manifests and placements, and never
// a shard. For one thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/model_store/model_reader.hpp"

namespace ganglion::cli {

/// A commit that is not pruned while this lives.
struct version {
  manifest what;
  /// None where the model can only be read.
  std::optional<commit_pin> pin;
};

class commit_choice {
public:
  /// How often another commit is taken because one was pruned.
  static constexpr int attempts = 8;

  explicit commit_choice(model_reader reader) : reader_(std::move(reader)) {
    // nop
  }

  [[nodiscard]] const model_reader& reader() const noexcept {
    return reader_;
  }

  /// "FENCE-STEP". Errors: not_found where there is none (any more).
  caf::expected<version> named(const std::string& text);

  /// The newest one but for those that are skipped, each of which is reported.
  /// Without a pin where it is `mine`, which is pinned already. Errors: those
  /// of model_reader::newest.
  caf::expected<version> newest(commit_id mine = {});

  /// Takes a commit for damaged from now on.
  void skip(commit_id id, caf::error why);

  /// Reports that a commit is skipped, unless that has been.
  void warn_once(commit_id id, const caf::error& why);

  /// Whether it was pruned.
  [[nodiscard]] bool is_gone(commit_id id) const;

private:
  /// Errors: not_found where it was pruned meanwhile.
  caf::expected<version> pinned(manifest what);

  model_reader reader_;
  std::vector<skipped_commit> damaged_;
  std::set<commit_id> warned_;
};

} // namespace ganglion::cli
