// Whom a node has links to: other nodes, engines, and those who only look; and
// whom it dials. It knows nothing of deployments. Owned by a node actor.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

#include "actors/link/link_port.hpp"
#include "metadata/messages/local_messages.hpp"
#include "metadata/messages/traffic_messages.hpp"
#include "metadata/placement/cluster_view.hpp"

namespace ganglion {

class membership {
public:
  /// Nodes that a deployment may have: each dials others.
  static constexpr std::size_t max_nodes = 1024;

  struct byte_counts {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
  };

  struct peer_link {
    link_up up;
    /// What its counters said when the deployment began.
    byte_counts before;
    /// An engine in this actor system, instead of a link to one.
    bool visits = false;
  };

  membership(caf::event_based_actor* self, node_info own, link_config setup);

  // -- who comes and goes -----------------------------------------------------

  /// Who is gone.
  struct departure {
    /// A node; empty: none that was known.
    std::string peer;
    /// An engine's actor, or the link to it, by actor ID; 0: none.
    caf::actor_id engine = 0;
  };

  /// Keeps the link, or ends it where there is a better one or no room. A node
  /// that was started again is the end of the one before.
  departure arrive(link_up& x);

  /// An engine of this actor system.
  link_up visit_by(const std::string& name, const caf::actor& engine);

  departure leave(const link_down& x);
  void forget_visitor(caf::actor_id engine);

  // -- dialling ---------------------------------------------------------------

  caf::response_promise dial(const std::string& address);

  /// Nodes of a cluster that there is no link to.
  [[nodiscard]] std::vector<node_info>
  missing(const cluster_view& cluster) const;

  /// Of two nodes, the one with the lower name dials.
  void dial_missing(const cluster_view& cluster);

  // -- for a deployment -------------------------------------------------------

  /// Null where there is none.
  [[nodiscard]] caf::actor link_to(const std::string& node) const;

  /// Whether a link is one to a node of a cluster.
  [[nodiscard]] bool is_link_to(const caf::actor& link,
                                const cluster_view& cluster) const;

  [[nodiscard]] bool has_engine(caf::actor_id id) const {
    return engines_.contains(id);
  }

  /// Tells the links of a run where what arrives belongs. `count_anew`: traffic
  /// is counted from now on.
  void attach_run(const attach& routes, const cluster_view& cluster,
                  caf::actor_id engine, bool count_anew);

  /// Nothing belongs anywhere any more.
  void detach_all();

  /// Bytes since the run began.
  [[nodiscard]] std::vector<link_traffic> traffic(const cluster_view& cluster,
                                                  caf::actor_id engine) const;

  [[nodiscard]] std::vector<node_info> peers() const;

  /// Ends all links.
  void end_all();

private:
  void add_observer(const caf::actor& link);
  departure add_peer(link_up& x);
  [[nodiscard]] bool keeps(const link_up& known, const link_up& other) const;
  void settle_dial(const std::string& address, caf::expected<std::string> who);
  void drop(const caf::actor& link);

  caf::event_based_actor* self_;
  node_info own_;
  link_config setup_;
  std::map<std::string, peer_link> peers_;
  /// By actor ID.
  std::map<caf::actor_id, peer_link> engines_;
  /// Links to those who only look.
  std::map<caf::actor_id, caf::actor> observers_;
  /// Who asked for a link, by address.
  std::multimap<std::string, caf::response_promise> dials_;
};

} // namespace ganglion
