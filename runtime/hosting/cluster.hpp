// A cluster as one program uses it: the nodes that it started or joined, and an
// engine in the program's own actor system. Any number of them may be in one
// actor system, each with a deployment of its own. Blocks, so it is for main
// and its like, one thread at a time; an actor spawns an engine and sends it
// `connect` and `deploy_network` instead.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "metadata/placement/cluster_view.hpp"
#include "runtime/engine/engine.hpp"
#include "runtime/hosting/node_set.hpp"

namespace ganglion {

class cluster {
public:
  /// Starts nodes, named a, b, c and so on, and connects to them. `nodes` is
  /// "inside:N" (in this process: the first one in `sys` itself, each other one
  /// in an actor system of its own) or "local:N" (processes; see
  /// node_set_options::program). `owner` is what others are told who find the
  /// nodes busy. Takes at most 8 s. Errors: bad_argument, system, unreachable.
  static caf::expected<cluster> start(caf::actor_system& sys,
                                      std::string_view nodes,
                                      const node_set_options& options = {},
                                      std::string owner = "");

  /// Connects to running nodes, "host:port" each, which stay when this goes.
  /// Takes at most 8 s. Errors: bad_argument; unreachable, naming the address;
  /// incompatible.
  static caf::expected<cluster> join(caf::actor_system& sys,
                                     const std::vector<std::string>& addresses,
                                     std::string owner = "");

  cluster(cluster&&) noexcept = default;
  cluster& operator=(cluster&&) = delete;

  /// Ends the engine, which frees the nodes, and stops nodes that were started.
  ~cluster();

  /// Names, addresses and threads of the nodes, for a distributor.
  [[nodiscard]] const cluster_view& view() const noexcept {
    return view_;
  }

  /// Puts a network onto the nodes, with initial weights; the engine that
  /// computes with it, which lives as long as this does. Takes at most 30 s.
  /// Errors: busy, naming who has the nodes; bad_placement; bad_argument where
  /// a network is deployed already (send `stop` to the engine first).
  caf::expected<engine_actor> deploy(deploy_network what);

  /// What the last deployment was answered.
  [[nodiscard]] const deployment_info& deployed() const noexcept {
    return deployed_;
  }

  /// Also before anything is deployed.
  [[nodiscard]] const engine_actor& engine() const noexcept {
    return engine_;
  }

  [[nodiscard]] caf::actor_system& system() const noexcept {
    return *system_;
  }

private:
  cluster(caf::actor_system& sys, std::string owner);

  caf::error connect_to_nodes(std::chrono::seconds peer_timeout);

  caf::actor_system* system_;
  std::string owner_;
  const stop_signal* stop_ = nullptr;
  std::unique_ptr<node_set> nodes_;
  engine_actor engine_;
  cluster_view view_;
  deployment_info deployed_;
};

} // namespace ganglion
