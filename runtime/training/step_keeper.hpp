// Where a training stands, and who keeps steps of it: commits (commits.hpp) is
// the one there is. Called by one thread at a time, the trainer's.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>

#include <caf/error.hpp>

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

/// A step whose weights are kept, once it was done.
struct step_results {
  train_position after;
  /// Mean over the samples since the step that was kept before.
  double loss = 0;
  /// Of samples that are not learned from (see epoch_decision); NaN where they
  /// were not asked about.
  double validation = std::numeric_limits<double>::quiet_NaN();
  /// The learning rate, where it was chosen during the training; else 0.
  float chosen_rate = 0;
};

/// Which steps of a training are kept, and what becomes of them. Must not block
/// for long: the training waits.
class step_keeper {
public:
  virtual ~step_keeper() = default;

  /// Whether the weights after the next step are to be kept.
  virtual bool wants(const train_position& after, bool epoch_ends, bool last)
    = 0;

  /// A step that is kept was done.
  virtual void done(const step_results& results) = 0;

  /// Calls a function, on any thread and perhaps at once, when there is room
  /// for one more step: all that were done are through, but for the last.
  virtual void when_there_is_room(std::function<void()> then) = 0;

  /// Asked after every step; an error ends the training.
  virtual caf::error check() = 0;
};

} // namespace ganglion
