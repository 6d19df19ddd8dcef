// The engine: connects to nodes, deploys a network, feeds batches in, takes
// results out. It owns no neurons and holds no weights, and no data between
// neurons passes through it. A typed actor, so that actor programs embed it.
// It neither reads data sets nor decides on placements.
#pragma once

#include <chrono>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/typed_actor.hpp>

#include "metadata/messages/messages.hpp"
#include "metadata/peer_timeout.hpp"

namespace ganglion {

/// Requests are served in the order in which they arrive, but several training
/// steps, or several inferences, flow through the network at once. After an
/// error that ends the run (node_lost, protocol), every request gets it.
using engine_actor = caf::typed_actor<
  caf::result<cluster_view>(connect),
  caf::result<deployment_info>(deploy_network),
  caf::result<step_report>(train_step), caf::result<inference>(infer),
  caf::result<weight_digests>(get_digests),
  caf::result<not_finite_neurons>(get_not_finite),
  caf::result<parameters>(get_parameters), caf::result<stored>(put_parameters),
  caf::result<model_opened>(open_model), caf::result<kept_shards>(get_shards),
  caf::result<weights_kept>(keep_weights),
  caf::result<commit_loaded>(load_commit), caf::result<rearranged>(rearrange),
  caf::result<rate_set>(set_rate), caf::result<step_set>(set_step),
  caf::result<kept_outputs>(get_outputs),
  caf::result<neuron_location>(locate_neuron),
  caf::result<generated>(generate_tokens), caf::result<void>(stop_generating),
  caf::result<token_scores>(score_tokens),
  caf::result<traffic_summary>(get_traffic),
  caf::result<traffic_summary>(stop)>;

/// Spawns an engine that calls itself `name` towards the nodes. It ends, and
/// sets its nodes free, when it is told to exit. A node from which nothing came
/// for `peer_timeout` is lost.
engine_actor
spawn_engine(caf::actor_system& sys, std::string name,
             std::chrono::milliseconds peer_timeout = default_peer_timeout);

} // namespace ganglion
