// The node's inside: it dispatches. Who is there is its membership's
// (membership.hpp), what a placement makes here an arrangement
// (arrangement.hpp), files its storage's. It counts what its groups have done
// for the engine; data never passes through it. For this folder alone.
//
//     free --deploy--> linking --all linked--> making --all ready--> deployed
//       '<-------refused, an actor failed, release, the engine gone------'
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/node/arrangement.hpp"
#include "actors/node/membership.hpp"
#include "actors/node/node.hpp"
#include "actors/sequence_window.hpp"
#include "metadata/messages/messages.hpp"

namespace ganglion {

struct node_state;

using node_actor = caf::stateful_actor<node_state>;

struct node_state {
  /// Takes over a listening socket.
  node_state(node_actor* ptr, node_info who, link_config links, int socket,
             caf::actor storage_actor, drill_ptr drilled);

  caf::behavior make_behavior();

private:
  /// The one that is in force: ends with its engine, with an actor of it, or
  /// when it is released.
  struct deployment : arrangement {
    arrangement_setup setup;
    caf::response_promise promise;
    bool complete = false;
    /// Groups whose parameters are there.
    std::uint64_t ready = 0;
    std::chrono::steady_clock::time_point began
      = std::chrono::steady_clock::now();
    /// Steps that all groups of this node are through with.
    std::uint64_t step = 0;
    std::uint64_t steps = 0;
    /// By sequence: groups that are through.
    std::map<std::uint64_t, std::uint64_t> done;
    /// Where gradients are clipped, by sequence: groups that have told of
    /// theirs, and the sum.
    std::map<std::uint64_t, std::pair<std::uint64_t, exact_sum>> squares;
    /// Micro-batches that the engine was told of.
    sequence_window told;
    /// What neurons that move are to live in, and whether they do.
    std::optional<arrangement> coming;
    bool prepared = false;
    /// Tells one move from those before.
    std::uint64_t move = 0;
  };

  /// Parameters on their way from a group that has them to a new one.
  struct transfer {
    neuron_range range;
    caf::actor from;
    caf::actor to;
  };

  // -- dispatching (node.cpp) -------------------------------------------------
  /// Whether it is of the run in force, asked by whom it concerns; what a
  /// handler throws ends the request, not the node.
  template <is_request Request>
  caf::result<answer_to<Request>> answer(Request& x);
  [[nodiscard]] caf::error check_asker(run_id run, may_ask by) const;
  void on_link_up(link_up& x);
  void on_link_down(const link_down& x);
  void lose(const membership::departure& who, const caf::error& why);
  link_up on_visit(const visit& x);
  void on_leave(leave x);
  caf::response_promise on_dial(const dial& x);
  void stop();

  // -- requests, one of each in the table -------------------------------------
#define GANGLION_SERVE(request, response, who, time, size, answer_size)        \
  caf::result<response> serve(request& x);
  GANGLION_REQUESTS(GANGLION_SERVE)
#undef GANGLION_SERVE

  // -- deployment (deploy.cpp) ------------------------------------------------
  [[nodiscard]] caf::error check_deploy(const deploy& x) const;
  [[nodiscard]] caf::error check_addresses(const deploy& x) const;
  [[nodiscard]] caf::error check_room(const deploy& x, node_index index) const;
  void on_timeout(deploy_timeout x);
  void make_if_linked();
  void on_ready(const group_ready& x);
  void fail_deploy(const caf::error& why);
  void end_deployment();

  // -- while deployed (running.cpp) -------------------------------------------
  void on_flow_done(const flow_done& x);
  void on_squares(const group_squares& x);
  void on_run_failed(run_failed& x);
  void on_part_failed(const part_failed& x);
  /// Lets the group that owns the range answer.
  template <is_request Request>
  caf::response_promise to_group(neuron_range range, Request& x);

  // -- neurons that move (move.cpp) -------------------------------------------
  [[nodiscard]] caf::error check_move(const prepare_move& x) const;
  [[nodiscard]] std::vector<transfer> transfers() const;
  void move_next(const prepare_move& x, std::uint64_t move,
                 std::shared_ptr<std::vector<transfer>> left,
                 caf::response_promise promise);
  [[nodiscard]] bool moves(run_id run, std::uint64_t move) const;
  void drop_coming();

  // -- a model on a share (store.cpp) -----------------------------------------
  [[nodiscard]] caf::error no_storage() const;

  // -- for those who look (status.cpp) ----------------------------------------
  [[nodiscard]] deployment_status status_of(const deployment& x) const;

  node_actor* self;
  node_info info;
  membership peers;
  caf::actor gate;
  /// Null where the node has none.
  caf::actor storage;
  drill_ptr exercise;
  /// Seconds of Unix time.
  std::int64_t up_since;
  std::optional<deployment> current;

public:
  static inline const char* name = "ganglion.node";
};

} // namespace ganglion
