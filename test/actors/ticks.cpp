// Relay and group of a layer that reads itself.
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "actors/group.hpp"
#include "actors/relay.hpp"
#include "metadata/caf_compat.hpp"
#include "test/actors/stage.hpp"

using namespace ganglion;

namespace {

constexpr layer_id cells_layer = 1;
constexpr neuron_range cells{1, 4};

/// One input, and a ring of neurons 1-4 of which 1 reads 3, too. Here are 1 and
/// 2, and a neuron that reads them all, 5; on the other node 3 and 4.
deploy ring_deployment() {
  wiring ring{{{0, 1}, {3, 1}, {4, 1}, {1, 2}, {2, 3}, {3, 4}}, {}, {}};
  return deployment(
    network::make(
      {{.name = "in", .kind = layer_kind::input, .neurons = 1, .inputs = {}},
       {.name = "cells",
        .kind = layer_kind::sparse,
        .activation = activation_kind::tanh,
        .neurons = 4,
        .inputs = {0, cells_layer},
        .wires = ring},
       {.name = "out", .neurons = 1, .inputs = {cells_layer}}}),
    {{{1, 2}, 0}, {{3, 2}, 1}, {{5, 1}, 0}}, 0);
}

tensor cell_row(std::vector<float> values) {
  auto columns = values.size();
  return tensor::copy_of(values, 1, columns);
}

struct ring_stage : stage {
  ring_stage() : stage(ring_deployment()) {
    relay = turns.spawn<relay_actor>(
      relay_config{context, cells_layer, node.actor});
    post_to(relay, start{make_routes()});
  }

  [[nodiscard]] header at_tick(std::uint64_t sequence, std::uint32_t tick,
                               neuron_range range) const {
    auto result = head_of(sequence, cells_layer, range, 1);
    result.mode = pass_mode::infer;
    result.tick = tick;
    return result;
  }

  /// A neuron of this node answers; at tick 0, of any node.
  void give_cell(std::uint64_t sequence, std::uint32_t tick, neuron_id cell) {
    auto value = static_cast<float>(100 * sequence + std::uint64_t{10} * tick
                                    + cell);
    post_to(relay,
            activation{at_tick(sequence, tick, {cell, 1}), cell_row({value})});
  }

  /// What the other node tells of its two.
  void give_others(std::uint64_t sequence, std::uint32_t tick) {
    auto value = static_cast<float>(100 * sequence + std::uint64_t{10} * tick);
    post_to(relay, tick_values{at_tick(sequence, tick, {3, 2}),
                               cell_row({value + 3, value + 4})});
  }

  /// The three things that make a tick.
  void give(std::uint64_t sequence, std::uint32_t tick, std::size_t thing) {
    if (thing < 2)
      give_cell(sequence, tick, 1 + thing);
    else
      give_others(sequence, tick);
    turns.run();
  }

  /// Whether an actor got all values of a tick, as its letter number `index`.
  [[nodiscard]] bool has_all(const witness& x, std::size_t index,
                             std::uint64_t sequence, std::uint32_t tick) const {
    auto value = static_cast<float>(100 * sequence + std::uint64_t{10} * tick);
    const auto& got = x.got->of<activation>();
    return got.size() > index
           && got[index].head == at_tick(sequence, tick, cells)
           && got[index].values
                == cell_row({value + 1, value + 2, value + 3, value + 4});
  }

  /// Whether this node's cells have, and the other node was told of 2.
  [[nodiscard]] bool passed_on(std::size_t index, std::uint64_t sequence,
                               std::uint32_t tick) const {
    auto here = groups_of(cells_layer);
    auto value = static_cast<float>(100 * sequence + std::uint64_t{10} * tick
                                    + 2);
    const auto& told = links[0].got->of<tick_values>();
    return has_all(here.at(0), index, sequence, tick)
           && has_all(here.at(1), index, sequence, tick)
           && std::any_of(told.begin(), told.end(), [&](const tick_values& x) {
                return x.head == at_tick(sequence, tick, {2, 1})
                       && x.values == cell_row({value});
              });
  }

  caf::actor relay;
};

/// Neuron 1 beside witnesses.
struct cell_stage : stage {
  cell_stage() : stage(ring_deployment()) {
    group_surroundings around{
      context,    cells_layer,   {relays.at(0).actor, relays.at(1).actor},
      node.actor, storage.actor, metrics,
      nullptr};
    around.routes = make_routes();
    cell = turns.spawn<group_actor>(group_config{
      std::make_shared<const group_surroundings>(std::move(around)),
      {1, 1},
      0});
  }

  [[nodiscard]] header to_cell(layer_id source, std::uint32_t tick) const {
    auto result = head_of(1, source, what.net.range_of(source), 1);
    result.mode = pass_mode::infer;
    result.ticks = 3;
    result.tick = tick;
    return result;
  }

  /// What the cells answered at a tick comes back to it.
  void give_tick(std::uint32_t tick, std::vector<float> values) {
    post_to(cell, activation{to_cell(cells_layer, tick),
                             cell_row(std::move(values))});
    turns.run();
  }

  void give_signal() {
    post_to(cell, activation{to_cell(0, 0), cell_row({0.5f})});
    turns.run();
  }

  caf::actor cell;
};

} // namespace

TEST_CASE("a tick is passed on once, in whichever order its parts come") {
  ring_stage s;
  std::array<std::size_t, 3> order{0, 1, 2};
  std::uint64_t sequence = 0;
  do {
    ++sequence;
    for (auto thing : order)
      s.give(sequence, 1, thing);
    CHECK(s.passed_on(sequence - 1, sequence, 1));
    CHECK(s.letter_count() == 3 * sequence);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("ticks and micro-batches at once do not mix") {
  ring_stage s;
  s.give(1, 2, 2); // the other node is ahead
  s.give(2, 1, 0);
  s.give(1, 1, 1);
  s.give(1, 1, 2);
  s.give(2, 1, 2);
  CHECK(s.letter_count() == 0);
  s.give(1, 1, 0);
  CHECK(s.passed_on(0, 1, 1));
  s.give(1, 2, 0);
  s.give(1, 2, 1);
  CHECK(s.passed_on(1, 1, 2));
  s.give(2, 1, 1);
  CHECK(s.passed_on(2, 2, 1));
  CHECK(s.letter_count() == 9);
}

TEST_CASE("another node is told of a tick before it has told its own") {
  ring_stage s;
  s.give(1, 1, 1);
  CHECK(s.letter_count() == 0);
  s.give(1, 1, 0);
  CHECK(s.letter_count() == 1);
  CHECK(s.links[0].got->of<tick_values>().size() == 1);
}

TEST_CASE("the last tick goes to other layers alone") {
  ring_stage s;
  for (neuron_id cell : {4, 1, 3, 2})
    s.give_cell(1, 0, cell);
  s.turns.run();
  CHECK(s.letter_count() == 1);
  CHECK(s.has_all(s.groups_of(2).at(0), 0, 1, 0));
}

TEST_CASE("values of a tick that come twice, or are nobody's, end the run") {
  ring_stage s;
  s.give(1, 1, 0);
  s.give(1, 1, 0);
  CHECK(s.takes_one_failure({1, 1}));
  s.give_cell(1, 1, 3);
  CHECK(s.takes_one_failure({3, 1}));
  s.give(1, 1, 2);
  s.give(1, 1, 2);
  CHECK(s.takes_one_failure({3, 2}));
  post_to(s.relay, tick_values{s.at_tick(1, 1, {4, 1}), cell_row({1})});
  CHECK(s.takes_one_failure({4, 1}));
  s.give(1, 1, 1);
  CHECK(s.passed_on(0, 1, 1));
  CHECK(s.letter_count() == 3);
}

TEST_CASE("a neuron gives each tick to its relay, and the last to others") {
  cell_stage s;
  const auto& told = s.relays.at(cells_layer).got->of<activation>();
  s.give_signal();
  REQUIRE(told.size() == 1);
  CHECK(told[0].head.tick == 1);
  s.give_tick(1, {0.1f, 0.2f, 0.3f, 0.4f});
  REQUIRE(told.size() == 2);
  CHECK(told[1].head.tick == 2);
  CHECK(!(told[1].values == told[0].values));
  CHECK(s.letter_count() == 2);
  s.give_tick(2, {0.1f, 0.2f, 0.3f, 0.4f});
  REQUIRE(told.size() == 3); // layer "out" is on this node, too
  CHECK(told[2].head.tick == 0);
  CHECK(told[2].values == told[1].values); // it read the same
  CHECK(s.letter_count() == 3);
}

TEST_CASE("a neuron that gets its inputs or a tick twice ends the run") {
  cell_stage s;
  s.give_signal();
  s.forget_letters();
  s.give_signal();
  CHECK(s.takes_one_failure({1, 1}));
  s.give_tick(1, {0.1f, 0.2f, 0.3f, 0.4f});
  s.forget_letters();
  s.give_tick(1, {0.1f, 0.2f, 0.3f, 0.4f});
  CHECK(s.takes_one_failure({1, 1}));
  s.give_tick(2, {0.1f, 0.2f, 0.3f, 0.4f});
  s.forget_letters();
  s.give_tick(2, {0.1f, 0.2f, 0.3f, 0.4f}); // it is through
  CHECK(s.takes_one_failure({1, 1}));
}
