// Trains a session's network and waits: the trainer for programs that are no
// actors. Blocks.
#pragma once

#include <functional>

#include <caf/expected.hpp>

#include "runtime/hosting/session.hpp"
#include "runtime/training/trainer.hpp"

namespace ganglion {

/// Called on the caller's thread after every step; false ends the training,
/// soon.
using progress_observer = std::function<bool(const progress&)>;

/// Called on the caller's thread after every epoch, while nothing flows: asks
/// the session what it likes, and decides how to go on. An error ends the
/// training with it.
using epoch_observer
  = std::function<caf::expected<epoch_decision>(const progress&)>;

/// What it was like at the end. Errors: those of `start_training`.
caf::expected<progress> train(session& on, const dataset& data,
                              const trainer_options& options,
                              const progress_observer& observer,
                              const epoch_observer& after_epoch = {});

} // namespace ganglion
