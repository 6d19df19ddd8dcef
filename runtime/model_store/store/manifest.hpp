// The manifest of a commit: one complete version of a model, by the names and
// checksums of its shards, and all that a training needs to go on from there.
// Plain data; its appearance in the directory of manifests is the commit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include "metadata/fields.hpp"
#include "metadata/messages/shard_entry.hpp"
#include "metadata/network/network.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/training/training_options.hpp"
#include "runtime/model_store/store/commit_name.hpp"
#include "runtime/model_store/store/lease.hpp"

namespace ganglion {

/// Where in its data a training stands.
struct training_cursor {
  /// Updates done: the step of the commit.
  std::uint64_t steps = 0;
  /// The epoch that is under way, from 0, and samples of it that are done.
  std::uint64_t epoch = 0;
  std::uint64_t samples = 0;
  /// Of the shuffles.
  std::uint64_t seed = 0;
  std::uint64_t batch = 0;
  std::uint32_t micro_batches = 1;
  std::string data_name;
  std::string data_fingerprint;

  /// Whether no training made the commit: the weights come from elsewhere, and
  /// a training that goes on from them chooses data and options itself.
  [[nodiscard]] bool is_none() const noexcept {
    return data_fingerprint.empty() && steps == 0;
  }

  friend bool operator==(const training_cursor&, const training_cursor&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"steps", self.steps}, field{"epoch", self.epoch},
                 field{"samples", self.samples}, field{"seed", self.seed},
                 field{"batch", self.batch},
                 field{"micro_batches", self.micro_batches},
                 field{"data_name", self.data_name},
                 field{"data_fingerprint", self.data_fingerprint});
  }
};

struct manifest {
  commit_id id;
  /// The commit on which its writer builds; none where the model was new.
  commit_id base;
  /// fingerprint(network) and fingerprint(placement).
  std::string network_hash;
  std::string placement_hash;
  /// In the order of their ranges, which together are all neurons with weights.
  std::vector<shard_entry> shards;
  training_cursor cursor;
  training_options options;
  /// Mean over the last steps before the commit, as text, since archives know
  /// no "nan"; see set_loss.
  std::string loss = "nan";
  /// Milliseconds since 1970, UTC.
  std::int64_t time = 0;
  writer_identity writer;
  /// Mean loss over samples that the training does not learn from, likewise as
  /// text; "nan" where they were not asked about.
  std::string validation = "nan";
  /// Version of the arithmetic that the training computed by; 0 where that had
  /// none yet. Another one goes on from the weights, to other bits.
  std::uint32_t arithmetic = 0;

  static constexpr unsigned archive_version = 2;

  [[nodiscard]] double loss_value() const;

  void set_loss(double x);

  [[nodiscard]] double validation_value() const;

  void set_validation(double x);

  friend bool operator==(const manifest&, const manifest&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"id", self.id}, field{"base", self.base},
                 field{"network_hash", self.network_hash},
                 field{"placement_hash", self.placement_hash},
                 field{"shards", self.shards}, field{"cursor", self.cursor},
                 field{"options", self.options}, field{"loss", self.loss},
                 field{"time", self.time}, field{"writer", self.writer},
                 field{"validation", self.validation, 1},
                 field{"arithmetic", self.arithmetic, 2});
  }
};

/// SHA-256 of a canonical text form, in hexadecimal.
std::string fingerprint(const placement& where);

/// An error unless the shards are in order and cover every neuron with weights
/// of the network exactly once; it names what is missing or doubled.
caf::error check_shards(const network& net,
                        const std::vector<shard_entry>& shards);

} // namespace ganglion
