// The trainer: an actor that feeds a data set to an engine, in epochs of
// shuffled batches whose order depends on the seed alone, tells subscribers how
// far it is, and can be cancelled. It has a thread of its own, on which it
// copies batches together. It keeps no weights and decides nothing about the
// network; the engine serves others meanwhile.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/typed_actor.hpp>

#include "metadata/network/network.hpp"
#include "runtime/engine/engine.hpp"
#include "runtime/training/trainer_messages.hpp"

namespace ganglion {

/// One training at a time; see the messages for answers and errors.
using trainer_actor = caf::typed_actor<caf::result<progress>(start_training),
                                       caf::result<void>(subscribe_progress),
                                       caf::result<void>(cancel_training)>;

/// Spawns a trainer for an engine on which `net` is deployed. It ends when
/// nobody refers to it and its training is over, or when it is told to exit,
/// which cancels its training.
trainer_actor spawn_trainer(caf::actor_system& sys, engine_actor engine,
                            network net);

} // namespace ganglion
