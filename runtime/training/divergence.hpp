// What a training says that has diverged: which weights are not finite, and
// what to do. Pure functions for the trainer.
#pragma once

#include <caf/error.hpp>

#include "metadata/messages/engine_messages.hpp"

namespace ganglion {

/// `why`: what showed it, or no error where the weights alone did.
caf::error training_diverged(const caf::error& why,
                             const not_finite_neurons& found);

/// The weights could not be looked at, because of `other`.
caf::error training_diverged_unseen(const caf::error& why,
                                    const caf::error& other);

} // namespace ganglion
