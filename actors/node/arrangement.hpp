// An arrangement: the actors that a placement makes on one node, and how they
// are wired. Making one leaves the one in use alone, so that neurons can move;
// groups whose neurons stay are in both. Plain data and functions on it, for
// the node actor; who is asked when is the node's.
#pragma once

#include <map>

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>

#include "actors/context.hpp"
#include "actors/metrics.hpp"
#include "actors/node/membership.hpp"
#include "metadata/messages/local_messages.hpp"

namespace ganglion {

struct arrangement {
  deployment_ptr what;
  context_ptr context;
  /// By source layer.
  std::map<layer_id, caf::actor> relays;
  /// Where it lives here.
  caf::actor loss;
  registry_ptr routes;
  metrics_ptr metrics;
};

/// What an arrangement is made from.
struct arrangement_setup {
  /// Spawns the actors, and is told of what they do.
  caf::event_based_actor* node = nullptr;
  node_info info;
  /// The node's place in the cluster view.
  node_index self = 0;
  caf::actor engine;
  /// Null where the node has none.
  caf::actor storage;
  drill_ptr exercise;
};

/// Makes the actors of a placement; `before`: what is in use, where there is
/// such a thing. Errors: node_lost where a peer has vanished.
caf::expected<arrangement> arrange(const arrangement_setup& setup,
                                   const membership& peers, deployment_ptr what,
                                   const arrangement* before);

/// The group of `before` that goes on with this range; null where none does.
caf::actor kept_group(const arrangement* before, const deploy& next,
                      neuron_range range);

/// Tells the actors who is where.
void start_actors(const arrangement_setup& setup, const arrangement& x);

/// Ends the actors, except for groups that `but` has, too.
void end_actors(caf::event_based_actor* node, const arrangement& x,
                const arrangement* but);

} // namespace ganglion
