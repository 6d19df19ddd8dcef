// Reads a model: which commits it has, and the parameters of any range of one
// of them, however its shards are cut. Any number of readers may read while a
// writer commits; a pin keeps a commit from being pruned meanwhile. Immutable
// after `open`, so that threads may share it. It writes nothing but pins.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "metadata/messages/engine_messages.hpp"
#include "metadata/network/network.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/training/data_description.hpp"
#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/store/history.hpp"
#include "runtime/model_store/store/manifest.hpp"

namespace ganglion {

/// Is told how much is done of something long, and of how much.
using work_observer
  = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// How much of a commit is read before it is believed to be whole.
enum class verification : std::uint8_t {
  /// The manifest and its placement. For those who leave the shards to others,
  /// who say what is wrong with them.
  manifest,
  /// The manifest, and every shard's size, header and table of chunks.
  headers,
  /// Every byte.
  everything,
};

/// Which of a shard's arrays are read.
enum class wanted_arrays : std::uint8_t {
  all,
  /// The optimizer's stay where they are.
  weights,
};

/// A commit that counts and is not whole, and why.
struct skipped_commit {
  commit_id id;
  caf::error why;
};

/// The newest whole commit, and newer ones that are torn or damaged.
struct found_commit {
  manifest what;
  std::vector<skipped_commit> skipped;
};

/// A line of the log: without a manifest where that cannot be read.
struct logged_commit {
  commit_id id;
  std::optional<manifest> what;
  caf::error why;
};

/// Keeps a commit from being pruned until it is destroyed.
class commit_pin {
public:
  commit_pin(file_system& files, std::string path,
             std::unique_ptr<file_lock> lock);
  ~commit_pin();
  commit_pin(commit_pin&&) noexcept = default;
  commit_pin& operator=(commit_pin&&) = delete;

private:
  file_system* files_;
  std::string path_;
  std::unique_ptr<file_lock> lock_;
};

class model_reader {
public:
  /// Opens the model at `dir`. Errors: not_found where there is none,
  /// bad_model, incompatible, system.
  static caf::expected<model_reader> open(file_system& files, std::string dir);

  [[nodiscard]] const std::string& dir() const noexcept {
    return dir_;
  }

  [[nodiscard]] const network& net() const noexcept {
    return net_;
  }

  /// fingerprint(net()).
  [[nodiscard]] const std::string& network_hash() const noexcept {
    return network_hash_;
  }

  /// What the model learned of its data; none where that was not kept.
  [[nodiscard]] caf::expected<std::optional<data_description>> data() const;

  /// The newest whole commit. Commits that are `known` not to be whole are
  /// skipped as such. Errors: not_found where nothing was committed yet,
  /// bad_model where no commit is whole, incompatible where a newer program
  /// made the newest one.
  [[nodiscard]] caf::expected<found_commit>
  newest(verification depth, freshness wanted = freshness::preferred,
         std::span<const skipped_commit> known = {}) const;

  /// The commits that count, newest first.
  [[nodiscard]] caf::expected<std::vector<logged_commit>> log() const;

  /// Of the commits that count, the one with the smallest loss over samples
  /// that its training did not learn from; the oldest of several. Errors:
  /// not_found where none was asked about such samples.
  [[nodiscard]] caf::expected<manifest> best() const;

  /// The manifest of a commit that counts. Errors: not_found, naming those
  /// there are.
  [[nodiscard]] caf::expected<manifest> find(commit_id id) const;

  /// Errors: not_found where the commit was pruned meanwhile (take the newest
  /// once more), system where the model cannot be written to (read without a
  /// pin, then).
  [[nodiscard]] caf::expected<commit_pin> pin(commit_id id) const;

  [[nodiscard]] caf::expected<placement>
  load_placement(const manifest& from) const;

  /// The parameters of `range`, which lies within one layer; reads the shards
  /// that hold some of it, and verifies all that it reads. Errors: bad_model
  /// naming file and offset, or the file that is missing; not_found where the
  /// commit was pruned meanwhile.
  [[nodiscard]] caf::expected<parameters>
  load_parameters(const manifest& from, neuron_range range,
                  wanted_arrays wanted = wanted_arrays::all) const;

  /// The manifest of any commit, void or not.
  [[nodiscard]] caf::expected<manifest> load_manifest(commit_id id) const;

  /// An error unless the commit is whole: bad_model naming file and offset.
  [[nodiscard]] caf::error check(const manifest& what,
                                 verification depth) const;

private:
  model_reader(file_system& files, std::string dir, network net);

  /// Whether a commit that failed so is no longer there.
  [[nodiscard]] bool is_gone(commit_id id, const caf::error& why) const;

  file_system* files_;
  std::string dir_;
  network net_;
  std::string network_hash_;
};

} // namespace ganglion
