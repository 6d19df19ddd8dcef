// The node: the actor that stands for a server. It listens, links to its peers,
// and for one deployment at a time makes the actors that live here. How to
// start one; what it does is in node_state.hpp. Its requests are those of
// metadata/messages/requests.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "actors/drill.hpp"
#include "actors/link/socket.hpp"
#include "metadata/peer_timeout.hpp"
#include "metadata/placement/cluster_view.hpp"

namespace ganglion {

struct node_config {
  std::string name;
  endpoint listen;
  /// What peers are told to dial; empty: where it listens.
  std::string advertise;
  /// Compute threads.
  std::uint32_t threads = 1;
  /// Whether to work with nodes that compute differently.
  bool any_arithmetic = false;
  /// A peer from which nothing came for so long is lost.
  std::chrono::milliseconds peer_timeout = default_peer_timeout;
  /// Makes the actor that reads and writes models for the node and ends with
  /// it; see open_local and load_local. Without it, the node refuses both.
  std::function<caf::actor(caf::actor_system&)> make_storage;
  /// A fault that is made on purpose; null: none.
  drill_ptr exercise;
};

/// A node that listens.
struct running_node {
  caf::actor handle;
  node_info info;
};

/// Opens the node's gate and spawns it; exits when told to. Errors: system.
caf::expected<running_node> start_node(caf::actor_system& sys,
                                       const node_config& config);

/// The name by which an actor system's registry knows a node.
std::string node_key(const std::string& address);

/// The node of this actor system that listens at `address`; null where there
/// is none, or not in this system.
caf::actor find_node(caf::actor_system& sys, const std::string& address);

} // namespace ganglion
