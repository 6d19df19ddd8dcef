// Feeds a data set to an engine: epochs of shuffled batches, in an order that
// depends on the seed alone; and asks it about whole data sets. Blocks; it
// keeps no weights and decides nothing about the network.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/data/dataset.hpp"
#include "runtime/session.hpp"

namespace ganglion {

struct trainer_options {
  std::uint32_t epochs = 1;
  /// Samples per step; the last step of an epoch takes what is left.
  std::uint64_t batch = 128;
  std::uint64_t seed = 1;
  /// Stops after so many steps; 0: after the epochs.
  std::uint64_t steps = 0;
};

struct progress {
  /// Counted from 1.
  std::uint32_t epoch = 0;
  std::uint64_t step = 0;
  std::uint64_t steps = 0;
  /// Mean over the epoch's samples so far.
  double loss = 0;
  /// Share of the epoch's samples so far.
  double accuracy = 0;
  /// Since the start of the training.
  double samples_per_second = 0;
};

/// Called after every step; false ends the training.
using progress_observer = std::function<bool(const progress&)>;

/// Trains; what it was like at the end. Errors: those of the engine, or
/// cancelled where the observer ended it.
caf::expected<progress> train(session& on, const dataset& data,
                              const trainer_options& options,
                              const progress_observer& observer);

struct evaluation {
  /// Share of samples whose largest output is their class.
  double accuracy = 0;
  /// Predicted class of each sample.
  std::vector<std::uint32_t> predictions;
};

caf::expected<evaluation> evaluate(session& on, const dataset& data);

} // namespace ganglion
