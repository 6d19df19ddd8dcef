// The neuron group: an actor that owns a contiguous range of one layer's
// neurons, their weights, optimizer state and arithmetic. Data-driven: when all
// inputs of a micro-batch are there and the step's weights are in place, it
// computes and sends; when the whole gradient of its outputs is there, and the
// micro-batch is next in order, it goes back. It neither knows nor asks where
// those live that it sends to.
//
//     activation, all inputs there, step applied --> forward --> activation
//     gradient, sum complete, micro-batch next    --> backward --> gradient
//     ... after the last micro-batch of a step    --> update, step + 1
//
// A group of a layer that stands takes nothing in: it sends its row after each
// update, and when it is told to (yield_rows).
//
// Where gradients are clipped, the update waits for the engine to say how much
// all of them are to be shortened.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/context.hpp"
#include "actors/duty.hpp"
#include "actors/gathering.hpp"
#include "actors/kernel/layer_math.hpp"
#include "actors/metrics.hpp"
#include "actors/sequence_window.hpp"
#include "metadata/messages/local_messages.hpp"

namespace ganglion {

/// What the groups of one layer on one node have in common. Immutable.
struct group_surroundings {
  context_ptr context;
  layer_id layer = 0;
  /// Of this node, one per input of the layer: they take what flows back, and
  /// of a layer that reads itself each tick.
  std::vector<caf::actor> relays;
  /// Is told of flow_done and run_failed.
  caf::actor node;
  /// Takes snapshots of steps that are kept; null where there is none.
  caf::actor storage;
  /// Where groups count their time.
  metrics_ptr metrics;
  /// Null until everybody is there.
  registry_ptr routes;
};

struct group_config {
  surroundings_ptr around;
  neuron_range range;
  /// Its place in the metrics.
  std::uint32_t track = 0;
};

struct group_state;

using group_actor = caf::stateful_actor<group_state>;

struct group_state {
  group_state(group_actor* ptr, group_config setup);

  caf::behavior make_behavior();

  [[nodiscard]] duty my_duty() const;

private:
  /// One micro-batch on its way through this group.
  struct flow {
    header head;
    /// One per input of the layer; empty until it arrives.
    std::vector<tensor> inputs;
    bool forwarded = false;
    forward_state done;
    /// Outputs of each tick so far, where they are kept.
    std::vector<float> ticks;
    sum_gathering gradient;
  };

  /// The row of a layer that stands: the own one, or that which is read.
  struct standing {
    std::uint64_t revision = 0;
    std::uint64_t step = 0;
    /// The one that is read, whole; empty until it came.
    tensor row;
  };

  void on_surround(surround& x);
  void on_activation(const activation& x);
  void on_gradient(gradient& x);
  caf::result<parameter_slice> on_fetch(const fetch& x);
  caf::result<digests> on_fetch_digests(const fetch_digests& x);
  caf::result<not_finite> on_fetch_not_finite(const fetch_not_finite& x);
  caf::result<stored> on_store(const store& x);
  caf::result<output_slice> on_fetch_outputs(const fetch_outputs& x);
  void on_keep(const keep_step& x);
  void on_apply(const apply_update& x);
  void on_step(const change_step& x);
  void on_yield(const yield_rows& x);
  void on_row(const activation& x);
  caf::result<part_progress> on_ask(const ask_progress& x);

  using flow_position = std::list<flow>::iterator;

  /// The first flow that is not before this one.
  flow_position flow_at(std::uint64_t sequence);
  caf::error check_input(const activation& x, std::size_t input);
  flow_position take_input(const activation& x, std::size_t input);
  bool ready(const flow& x) const;
  void forward_ready();
  flow_position begin_standing(const header& head, flow_position at);
  void yield_row();
  void forward(flow_position at);
  bool begin_tick(flow& x);
  void keep_outputs(flow& x);
  void show(const flow& x);
  /// Of the sum of its gradient, sorted: the pieces that read some of it.
  [[nodiscard]] std::span<const tree_node> expected() const;
  void find_pieces();
  void go_back();
  void backward(flow& x);
  void learn(const flow& x);
  void wait_for_scale(const header& head);
  void end_backward(const header& head);
  void send_back(const header& head, std::size_t input);
  matrix block_sum(std::size_t input, const tree_node& at);
  void begin_step();
  void keep(std::uint64_t after);
  [[nodiscard]] caf::error check_own(run_id run, neuron_range range) const;
  [[nodiscard]] caf::error check_step(std::uint64_t wanted,
                                      neuron_range range) const;
  void fail(const caf::error& why);

  // There may be a million of these: what is seldom there takes a pointer.
  group_actor* self;
  surroundings_ptr around;
  neuron_range own;
  /// Its place in the metrics.
  std::uint32_t track;
  /// Micro-batch of the step that goes back next.
  std::uint32_t next_back = 0;
  stopwatch watch;
  std::unique_ptr<layer_math> math;
  /// Few at a time, by sequence: the oldest comes first.
  std::list<flow> flows;
  /// Micro-batches whose outputs went on.
  sequence_window forwarded;
  /// See `expected`; null where all pieces of the layer do.
  std::unique_ptr<std::vector<tree_node>> narrowed;
  /// Of the micro-batch after which the update waits; mostly null.
  std::unique_ptr<header> unscaled;
  /// Updates that the weights have seen.
  std::uint64_t step = 0;
  /// Where the layer stands, or reads through one that does.
  std::unique_ptr<standing> stands;
  /// Of the last inference that asked for it; tick after tick where the layer
  /// reads itself.
  std::unique_ptr<tensor> kept_outputs;

public:
  static inline const char* name = "ganglion.group";
};

} // namespace ganglion
