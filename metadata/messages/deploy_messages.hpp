// How an engine puts a network onto a node, and takes it off again. Each is
// answered, or refused with who has the node. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "metadata/fields.hpp"
#include "metadata/messages/parameter_messages.hpp"
#include "metadata/messages/traffic_messages.hpp"
#include "metadata/network/network.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/training/training_options.hpp"

namespace ganglion {

/// Creates the node's groups, relays and loss, and its links to the other
/// nodes. Answered by `deployed`, or refused: busy, unreachable, incompatible.
struct deploy {
  run_id run = 0;
  std::uint32_t epoch = 0;
  /// Who asks, for the message to those who ask later: "train on host, pid 7".
  std::string owner;
  cluster_view cluster;
  network net;
  placement where;
  training_options training;
  /// Neurons per group; 0: as many groups as threads.
  std::uint64_t group_size = 0;
  /// See model_definition.
  float initial_deviation = 0;
  bool blank = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"epoch", self.epoch},
                 field{"owner", self.owner}, field{"cluster", self.cluster},
                 field{"net", self.net}, field{"where", self.where},
                 field{"training", self.training},
                 field{"group_size", self.group_size},
                 field{"initial_deviation", self.initial_deviation},
                 field{"blank", self.blank});
  }
};

struct deployed {
  std::string node;
  std::uint64_t groups = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node}, field{"groups", self.groups});
  }
};

/// Ends a deployment: the node is free again. Answered by `released`.
struct release {
  run_id run = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run});
  }
};

/// The last word about a run: what crossed the node's links.
struct released {
  traffic_report traffic;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"traffic", self.traffic});
  }
};

} // namespace ganglion
