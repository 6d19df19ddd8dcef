// The node: the actor that stands for a server. It listens, links to its peers,
// and for one deployment at a time makes the groups, relays and the loss that
// live here and tells them and the links who is where. It counts what its
// groups have done for the engine. Data never passes through it.
//
//     free --deploy--> linking --all peers linked--> deployed --release--> free
//                         '------timeout, refused, engine gone-------------^
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/context.hpp"
#include "actors/gate.hpp"
#include "actors/metrics.hpp"
#include "actors/socket.hpp"
#include "metadata/local_messages.hpp"

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

struct node_state;

using node_actor = caf::stateful_actor<node_state>;

struct node_state {
  /// Takes over a listening socket.
  node_state(node_actor* ptr, node_info who, link_config links, int socket,
             caf::actor storage_actor);

  caf::behavior make_behavior();

private:
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

  /// The actors that a placement makes on this node.
  struct arrangement {
    deploy what;
    context_ptr context;
    /// By source layer.
    std::map<layer_id, caf::actor> relays;
    /// Where it lives here.
    caf::actor loss;
    registry_ptr routes;
    metrics_ptr metrics;
  };

  struct deployment : arrangement {
    node_index self = 0;
    caf::actor engine;
    caf::response_promise promise;
    bool complete = false;
    std::chrono::steady_clock::time_point began
      = std::chrono::steady_clock::now();
    /// Steps that all groups of this node are through with.
    std::uint64_t step = 0;
    std::uint64_t steps = 0;
    /// By sequence: groups that are through.
    std::map<std::uint64_t, std::uint64_t> done;
    /// What neurons that move are to live in.
    std::optional<arrangement> coming;
  };

  /// Parameters on their way from a group that has them to a new one.
  struct transfer {
    neuron_range range;
    caf::actor from;
    caf::actor to;
  };

  // -- links (node.cpp) -------------------------------------------------------
  void on_link_up(link_up& x);
  void on_link_down(const link_down& x);
  link_up on_visit(const visit& x);
  void on_leave(leave x);
  caf::response_promise on_dial(const dial& x);
  [[nodiscard]] bool keeps(const link_up& known, const link_up& other) const;
  void settle_dial(const std::string& address, caf::expected<std::string> who);

  // -- deployment (node_deploy.cpp) -------------------------------------------
  caf::response_promise on_deploy(deploy& x);
  [[nodiscard]] caf::error check_deploy(const deploy& x) const;
  [[nodiscard]] caf::error check_scheduler(const deploy& x) const;
  [[nodiscard]] std::vector<node_info> missing_peers() const;
  void dial_missing();
  void on_timeout(deploy_timeout x);
  void complete_if_linked();
  caf::error build();
  void attach_links(bool count_anew);
  void fail_deploy(const caf::error& why);
  void end_deployment();
  void stop();

  // -- placements become actors, neurons move (node_move.cpp) -----------------
  caf::expected<arrangement> arrange(deploy what);
  void spawn_relays(arrangement& to, std::span<const placed_range> groups);
  [[nodiscard]] std::vector<surroundings_ptr>
  surroundings(const arrangement& x) const;
  void spawn_groups(const arrangement& to, std::span<const placed_range> groups,
                    local_actors& actors);
  [[nodiscard]] caf::actor kept_group(const arrangement& to,
                                      neuron_range range) const;
  void start_actors(const arrangement& x);
  void end_actors(const arrangement& x, const arrangement* but);
  caf::response_promise on_prepare_move(prepare_move& x);
  [[nodiscard]] caf::error check_move(const prepare_move& x) const;
  [[nodiscard]] std::vector<transfer> transfers() const;
  void move_next(std::uint64_t step,
                 std::shared_ptr<std::vector<transfer>> left,
                 caf::response_promise promise);
  caf::result<move_settled> on_settle_move(const settle_move& x);

  // -- while deployed ---------------------------------------------------------
  void on_flow_done(const flow_done& x);
  void on_run_failed(run_failed& x);

  // -- for those who look (node_status.cpp) -----------------------------------
  node_status on_status() const;
  caf::result<trace_report> on_trace(fetch_trace x);
  [[nodiscard]] deployment_status status_of(const deployment& x) const;

  // -- requests of the engine -------------------------------------------------
  caf::result<traffic_report> on_traffic(run_id run) const;
  [[nodiscard]] std::vector<link_traffic>
  traffic_of(const deployment& of) const;
  caf::result<traffic_report> on_release(run_id run);
  caf::response_promise on_open_store(open_store& x);
  caf::response_promise on_load_shards(load_shards& x);
  caf::result<step_kept> on_keep_step(const keep_step& x);
  void on_written(shards_written& x);
  [[nodiscard]] caf::error no_storage(run_id run) const;
  [[nodiscard]] caf::expected<caf::actor> group_of(run_id run,
                                                   neuron_range range) const;

  /// Lets the group that owns `range` answer.
  template <class Request>
  caf::response_promise to_group(run_id run, neuron_range range, Request& x) {
    auto promise = self->make_response_promise();
    if (auto group = group_of(run, range))
      promise.delegate(*group, std::move(x));
    else
      promise.deliver(group.error());
    return promise;
  }

  node_actor* self;
  node_info info;
  link_config link_setup;
  int listening_socket;
  caf::actor gate;
  /// Null where the node has none.
  caf::actor storage;
  std::map<std::string, peer_link> peers;
  /// Links to engines, by their actor ID.
  std::map<caf::actor_id, peer_link> engines;
  /// Links to those who only look.
  std::map<caf::actor_id, caf::actor> observers;
  /// Seconds of Unix time.
  std::int64_t up_since;
  /// Who asked for a link, by address.
  std::multimap<std::string, caf::response_promise> dials;
  std::optional<deployment> current;

public:
  static inline const char* name = "ganglion.node";
};

} // namespace ganglion
