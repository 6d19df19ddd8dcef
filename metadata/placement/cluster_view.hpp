// The cluster view: who takes part, under which name, where. Plain data, told
// to every node when a network is deployed. It opens no connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/fields.hpp"

namespace ganglion {

/// One server: a process (or an actor system within one).
struct node_info {
  std::string name;
  /// host:port at which peers reach it; empty for a plan without servers.
  std::string address;
  /// Drawn at start: tells a restarted node from the one before.
  std::uint64_t incarnation = 0;
  /// Compute threads.
  std::uint32_t threads = 1;

  friend bool operator==(const node_info&, const node_info&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"name", self.name}, field{"address", self.address},
                 field{"incarnation", self.incarnation},
                 field{"threads", self.threads});
  }
};

/// The nodes in the order in which a distributor fills them.
struct cluster_view {
  std::vector<node_info> nodes;

  friend bool operator==(const cluster_view&, const cluster_view&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"nodes", self.nodes});
  }
};

} // namespace ganglion
