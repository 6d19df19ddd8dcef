// Bytes between the nodes: what a node tells the engine of its links, and what
// the engine tells a program of all of them. Counted at the sockets, since the
// deployment. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/messages/parameter_messages.hpp"

namespace ganglion {

/// Bytes at the socket of one connection since the deployment.
struct link_traffic {
  std::string peer;
  /// Whether the peer is an engine, which owns no neurons.
  bool engine = false;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"peer", self.peer}, field{"engine", self.engine},
                 field{"sent", self.sent}, field{"received", self.received});
  }
};

/// Asks a node for the traffic of its links. Answered by `traffic_report`.
struct fetch_traffic {
  run_id run = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run});
  }
};

struct traffic_report {
  std::vector<link_traffic> links;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"links", self.links});
  }
};

/// Asks for the bytes that crossed since the deployment. Answered by
/// `traffic_summary`.
struct get_traffic {
  template <class Self, class Visit>
  static decltype(auto) fields(Self&, Visit&& visit) {
    return visit();
  }
};

struct traffic_summary {
  struct entry {
    std::string from;
    std::string to;
    std::uint64_t bytes = 0;

    template <class Self, class Visit>
    static decltype(auto) fields(Self& self, Visit&& visit) {
      return visit(field{"from", self.from}, field{"to", self.to},
                   field{"bytes", self.bytes});
    }
  };

  /// Between nodes, as the senders counted.
  std::vector<entry> links;
  std::uint64_t between_nodes = 0;
  /// To and from the engine.
  std::uint64_t engine = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"links", self.links},
                 field{"between_nodes", self.between_nodes},
                 field{"engine", self.engine});
  }
};

} // namespace ganglion
