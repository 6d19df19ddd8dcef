// Judges a training by samples that it does not learn from: after each epoch,
// how good the network is, which epoch was the best, and whether it is time to
// stop. For `train` (see epoch_observer); blocks, on the caller's thread. It
// keeps no weights: commits do, with the loss that this finds.
#pragma once

#include <cstdint>
#include <limits>

#include <caf/expected.hpp>

#include "runtime/hosting/session.hpp"
#include "runtime/training/evaluate.hpp"
#include "runtime/training/trainer_messages.hpp"

namespace ganglion {

/// How good a network is after an epoch.
struct epoch_score {
  progress trained;
  /// Of the samples that it does not learn from, with their mean loss; without
  /// predictions.
  evaluation validation;
  /// Whether that loss is smaller than after any epoch before.
  bool best = false;
  /// Whether the training is to stop.
  bool stop = false;
};

class validator {
public:
  /// `patience`: epochs in a row that may be no better than the best before
  /// the training is to stop; 0: it never is. The session outlives this.
  validator(session& on, dataset data, std::uint32_t patience)
    : on_(on), data_(std::move(data)), patience_(patience) {
    // nop
  }

  /// Asks the network about all samples. Errors: those of evaluate.
  caf::expected<epoch_score> judge(const progress& trained);

  /// The epoch with the smallest loss so far, counted from 1; 0 before.
  [[nodiscard]] std::uint32_t best_epoch() const noexcept {
    return best_epoch_;
  }

  [[nodiscard]] double best_loss() const noexcept {
    return best_loss_;
  }

private:
  session& on_;
  dataset data_;
  std::uint32_t patience_;
  std::uint32_t waited_ = 0;
  std::uint32_t best_epoch_ = 0;
  double best_loss_ = std::numeric_limits<double>::infinity();
};

} // namespace ganglion
