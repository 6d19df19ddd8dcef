// The relay: per node and source layer, gathers what is read of the layer once
// for all groups of its node that need it, and adds up what flows back from
// them, so that nothing crosses a link twice. Of a layer that reads itself, it
// tells other nodes what they read of each tick, in one message, and hands the
// tick to the layer's groups, with what they read of it; the last one goes to
// all others. Of a layer that stands, it hands on the newest row. It computes
// nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/context.hpp"
#include "actors/duty.hpp"
#include "actors/gathering.hpp"
#include "actors/sequence_window.hpp"
#include "actors/tick_gathering.hpp"
#include "metadata/messages/local_messages.hpp"

namespace ganglion {

struct relay_config {
  context_ptr context;
  /// The layer whose outputs it gathers.
  layer_id source = 0;
  /// Is told of run_failed.
  caf::actor node;
};

struct relay_state;

using relay_actor = caf::stateful_actor<relay_state>;

struct relay_state {
  relay_state(relay_actor* ptr, relay_config setup);

  caf::behavior make_behavior();

  [[nodiscard]] duty my_duty() const;

private:
  void on_start(const start& x);
  caf::result<part_progress> on_ask(const ask_progress& x);
  void on_activation(const activation& x);
  void on_row(const activation& x);
  caf::result<row_came> on_await(const await_row& x);
  void on_tick(const activation& x);
  void on_tick_values(const tick_values& x);
  tick_gathering& ticks_of(const header& head);
  void pass_tick_on(const header& head, tick_gathering& all);
  void on_gradient(gradient& x);
  [[nodiscard]] std::vector<group_route> consumers() const;
  void expect_pieces();
  void find_ways_back();
  void send_back(const header& head, const sum_gathering& pieces);
  void fail(const caf::error& why);

  relay_actor* self;
  relay_config config;
  registry_ptr routes;
  /// Those of this node that take the outputs in.
  std::vector<caf::actor> groups;
  /// Those of the source layer itself, where it reads itself.
  std::vector<caf::actor> own_groups;
  /// Pieces that the groups of this node yield, sorted; none before the first
  /// gradient.
  std::vector<tree_node> expected;
  /// Who takes each of the pieces that this node sends.
  std::vector<std::vector<group_route>> ways_back;
  /// By sequence.
  std::map<std::uint64_t, layer_gathering> forward;
  /// By sequence and tick.
  std::map<std::pair<std::uint64_t, std::uint32_t>, tick_gathering> ticks;
  std::map<std::uint64_t, sum_gathering> backward;
  /// Of a layer that stands: rows on their way, by revision and step; the
  /// newest that came; and who waits for one of a revision.
  using row_key = std::pair<std::uint64_t, std::uint64_t>;
  std::map<row_key, layer_gathering> rows;
  row_key newest{0, 0};
  std::vector<std::pair<std::uint64_t, caf::response_promise>> waiting;
  /// Micro-batches that went on, and those that flowed back.
  sequence_window forwarded;
  sequence_window returned;

public:
  static inline const char* name = "ganglion.relay";
};

} // namespace ganglion
