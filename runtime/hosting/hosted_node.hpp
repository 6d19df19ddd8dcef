// A node in a program's own actor system, beside its other actors: one server
// of a cluster, which lends the system's threads to whoever deploys neurons on
// it. It stops with this object; a training that uses it then ends. For main
// and its like, one thread at a time. See cluster.hpp for who uses nodes.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "metadata/peer_timeout.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "runtime/hosting/path_mapping.hpp"

namespace ganglion {

struct hosted_node_options {
  /// Unique within the cluster: 1 to 64 characters of UTF-8, without spaces and
  /// , : = # @ ' " (metadata/text/names.hpp).
  std::string name;
  /// host:port, where peers and engines connect; port 0: any that is free.
  std::string listen = "127.0.0.1:0";
  /// What peers are told to dial; empty: where it listens.
  std::string advertise;
  /// Where this server sees the models whose paths others tell it.
  std::vector<path_mapping> mappings;
  /// Directories below which it reads and writes models, after `mappings`.
  /// Without any, it does so everywhere if it listens on a loopback address,
  /// and nowhere if others can reach it.
  std::vector<std::string> shares;
  /// Whether `listen` may be an address that other machines can reach. Nodes do
  /// not authenticate each other: whoever connects can use this one.
  bool insecure = false;
  /// Whether to work with nodes that compute differently.
  bool any_arithmetic = false;
  /// A fault that is made on purpose, such as "group:hang@20" (see
  /// actors/drill.hpp); empty: none.
  std::string drill;
  /// A peer from which nothing came for so long is lost; 2 s to an hour.
  std::chrono::seconds peer_timeout = default_peer_timeout;
};

class hosted_node {
public:
  /// Listens from then on. `sys` has our configuration (system.hpp) and
  /// outlives the result. Errors: bad_argument; not_found where a directory to
  /// share is missing; system.
  static caf::expected<hosted_node> start(caf::actor_system& sys,
                                          const hosted_node_options& options);

  hosted_node(hosted_node&& other) noexcept = default;
  hosted_node& operator=(hosted_node&&) = delete;
  ~hosted_node();

  /// Name, address, threads.
  [[nodiscard]] const node_info& info() const noexcept {
    return info_;
  }

  /// Can be read (poll) once the node has ended by a fault of its own, after
  /// which nobody listens any more; `fault` says what it was.
  [[nodiscard]] int ended() const noexcept;
  [[nodiscard]] caf::error fault() const;

  /// Connects to a node at host:port and checks that the two can compute
  /// together: its name. Not needed before a deployment, which connects all
  /// nodes. Errors: bad_argument, unreachable, incompatible.
  caf::expected<std::string> join(const std::string& address);

private:
  struct end;

  hosted_node(caf::actor_system& sys, caf::actor handle, node_info info);

  caf::actor_system* system_;
  /// Null in what was moved from.
  caf::actor handle_;
  node_info info_;
  /// Shared with the node, which tells it of its end.
  std::shared_ptr<end> end_;
};

} // namespace ganglion
