// Where a training stands, and who keeps steps of it: commits (commits.hpp) is
// the one there is. Called by one thread at a time, the trainer's.
#pragma once

#include <cstdint>

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

/// Which steps of a training are kept, and what becomes of them. Must not block
/// for long: the training waits.
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

} // namespace ganglion
