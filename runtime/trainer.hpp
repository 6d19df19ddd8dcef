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

/// Where a training stands in its data.
struct train_position {
  /// Updates done.
  std::uint64_t steps = 0;
  /// The epoch that is under way, from 0, and samples of it that are done:
  /// fewer than there are.
  std::uint64_t epoch = 0;
  std::uint64_t samples = 0;
};

/// Which steps of a training are kept, and what becomes of them. Called on the
/// training's thread.
class step_keeper {
public:
  virtual ~step_keeper() = default;

  /// Whether the weights after the next step are to be kept.
  virtual bool wants(const train_position& after, bool epoch_ends, bool last)
    = 0;

  /// A step that is kept was done. `loss`: mean since the one before.
  virtual void done(const train_position& after, double loss) = 0;

  /// Asked after every step; an error ends the training.
  virtual caf::error check() = 0;
};

struct trainer_options {
  std::uint32_t epochs = 1;
  /// Samples per step; the last step of an epoch takes what is left.
  std::uint64_t batch = 128;
  std::uint64_t seed = 1;
  /// Stops after so many steps; 0: after the epochs.
  std::uint64_t steps = 0;
  /// Where to go on, in the same data, with the same seed and batch.
  train_position begin;
  /// Null: no step is kept.
  step_keeper* keeper = nullptr;
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

/// Trains; what it was like at the end. Errors: those of the engine and of the
/// keeper, or cancelled where the observer ended it (after one more step, which
/// is kept, where there is a keeper).
caf::expected<progress> train(session& on, const dataset& data,
                              const trainer_options& options,
                              const progress_observer& observer);

struct evaluation {
  /// Share of samples whose largest output is their class.
  double accuracy = 0;
  /// Predicted class of each sample.
  std::vector<std::uint32_t> predictions;
};

/// Is told of the outputs for samples `first` and on.
using outputs_observer
  = std::function<void(std::size_t first, const tensor& outputs)>;

caf::expected<evaluation> evaluate(session& on, const dataset& data,
                                   const outputs_observer& observer = {});

} // namespace ganglion
