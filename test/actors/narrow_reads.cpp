// Relay and group between layers of which a node reads only some.
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "actors/group.hpp"
#include "actors/relay.hpp"
#include "metadata/caf_compat.hpp"
#include "test/actors/stage.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

constexpr layer_id pooled_layer = 1;
constexpr neuron_range pooled{3, 16};
constexpr layer_id pools_layer = 2;

/// Neurons 3-18 in groups of four, of which this node has the first and the
/// third one; of those that take the larger one of two each, the ones that read
/// the first and second group.
deploy narrow_deployment() {
  return deployment(parse_network("mlp:3-16-pool2-4", 4),
                    {{{3, 4}, 0},
                     {{7, 4}, 1},
                     {{11, 4}, 0},
                     {{15, 4}, 1},
                     {{19, 4}, 0},
                     {{23, 4}, 1},
                     {{27, 4}, 1}},
                    4);
}

struct narrow_stage : stage {
  narrow_stage() : stage(narrow_deployment()) {
    relay = turns.spawn<relay_actor>(
      relay_config{context, pooled_layer, node.actor});
    post_to(relay, start{make_routes()});
  }

  void give_outputs(std::uint64_t sequence, neuron_range range,
                    const tensor& all) {
    post_to(relay, activation{head_of(sequence, pooled_layer, range),
                              all.columns(range.first - 3, range.count)});
  }

  void give_piece(std::uint64_t sequence, const tree_node& at,
                  const tensor& values) {
    post_to(relay,
            gradient{head_of(sequence, pooled_layer, pooled), at, values});
  }

  /// Whether the only reader got what it reads of this, and nobody anything
  /// else; forgets it.
  bool reader_got(std::uint64_t sequence, const tensor& all) {
    const auto& got = groups_of(pools_layer).at(0).got->of<activation>();
    auto result = letter_count() == 1 && got.size() == 1
                  && got[0].head == head_of(sequence, pooled_layer, pooled)
                  && got[0].values.columns() == 16
                  && got[0].values.columns(0, 8) == all.columns(0, 8);
    forget_letters();
    return result;
  }

  caf::actor relay;
};

/// Neurons 11-14, whose reader is on the other node.
struct read_elsewhere : stage {
  read_elsewhere() : stage(narrow_deployment()) {
    neuron_range own{11, 4};
    group = turns.spawn<group_actor>(group_config{around(nullptr), own, 0});
    groups[1].actor = group;
    tell_routes(around(make_routes()));
  }

  void tell_routes(surroundings_ptr all) {
    post_to(group, surround{std::move(all), 0});
    turns.run();
    REQUIRE(node.got->of<group_ready>().size() == 1);
    forget_letters();
  }

  [[nodiscard]] surroundings_ptr around(registry_ptr routes) const {
    return std::make_shared<const group_surroundings>(
      group_surroundings{context,
                         pooled_layer,
                         {relays.at(0).actor},
                         node.actor,
                         storage.actor,
                         metrics,
                         std::move(routes)});
  }

  /// To where this node has as many groups as before, the tested one first.
  void move(const std::vector<assignment>& to) {
    auto where = placement::make(what.net, {"a", "b"}, to);
    REQUIRE(where);
    what.where = *where;
    ++what.epoch;
    context = make_context(what, 0, nullptr, std::make_shared<work_meter>());
    groups[0].actor = group;
    forget_letters();
    tell_routes(around(make_routes()));
  }

  void give_input(std::uint64_t sequence, std::uint64_t step) {
    auto head = head_of(sequence, 0, {0, 3});
    head.step = step;
    post_to(group, activation{head, noise(2, 3, 1)});
    turns.run();
  }

  void give_gradient(std::uint64_t sequence, std::uint64_t step,
                     const tree_node& at) {
    auto head = head_of(sequence, pooled_layer, {11, 4});
    head.step = step;
    post_to(group, gradient{head, at, noise(2, 4, 2)});
  }

  caf::actor group;
};

} // namespace

TEST_CASE("a relay awaits what its node reads, in whichever order it comes") {
  narrow_stage s;
  auto all = noise(2, 16, 1);
  std::array<neuron_range, 2> order{{{3, 4}, {7, 4}}};
  for (std::uint64_t sequence : {1, 2}) {
    s.give_outputs(sequence, order[0], all);
    s.turns.run();
    CHECK(s.letter_count() == 0);
    s.give_outputs(sequence, order[1], all);
    s.turns.run();
    CHECK(s.reader_got(sequence, all));
    std::swap(order[0], order[1]);
  }
  // Two micro-batches at once.
  auto others = noise(2, 16, 2);
  s.give_outputs(3, {3, 4}, all);
  s.give_outputs(4, {7, 4}, others);
  s.give_outputs(4, {3, 4}, others);
  s.turns.run();
  CHECK(s.reader_got(4, others));
  s.give_outputs(3, {7, 4}, all);
  s.turns.run();
  CHECK(s.reader_got(3, all));
}

TEST_CASE("outputs that nobody here reads end the run by name") {
  narrow_stage s;
  auto all = noise(2, 16, 1);
  s.give_outputs(1, {11, 4}, all);
  CHECK(s.takes_one_failure({11, 4}));
  s.give_outputs(1, {15, 4}, all);
  CHECK(s.takes_one_failure({15, 4}));
  s.give_outputs(1, pooled, all);
  CHECK(s.takes_one_failure(pooled));
  s.give_outputs(1, {7, 4}, all);
  s.turns.run();
  s.give_outputs(1, {7, 4}, all);
  CHECK(s.takes_one_failure({7, 4}));
  s.give_outputs(1, {15, 4}, all);
  CHECK(s.takes_one_failure({15, 4}));
  s.give_outputs(1, {3, 4}, all);
  s.turns.run();
  CHECK(s.reader_got(1, all));
  // It has gone on.
  s.give_outputs(1, {11, 4}, all);
  CHECK(s.takes_one_failure({11, 4}));
}

TEST_CASE("a gradient flows back to those alone that were read") {
  narrow_stage s;
  auto sum = noise(2, 16, 1);
  s.give_piece(1, {0, 1, {}}, sum);
  s.turns.run();
  CHECK(s.letter_count() == 2);
  const auto& here = s.groups_of(pooled_layer).at(0).got->of<gradient>();
  const auto& there = s.links[0].got->of<gradient>();
  REQUIRE(here.size() == 1);
  REQUIRE(there.size() == 1);
  CHECK(here[0].head == s.head_of(1, pooled_layer, {3, 4}));
  CHECK(here[0].node == tree_node{0, 1, {}});
  CHECK(here[0].values == sum.columns(0, 4));
  CHECK(there[0].head == s.head_of(1, pooled_layer, {7, 4}));
  CHECK(there[0].values == sum.columns(4, 4));
  s.forget_letters();
  // The piece of the other node's.
  s.give_piece(2, {1, 2, {}}, sum);
  CHECK(s.takes_one_failure(pooled));
}

TEST_CASE("a group sends its outputs to nodes that read some of them") {
  read_elsewhere s;
  s.give_input(1, 0);
  CHECK(s.letter_count() == 1);
  const auto& got = s.links[0].got->of<activation>();
  REQUIRE(got.size() == 1);
  CHECK(got[0].head == s.head_of(1, pooled_layer, {11, 4}));
}

TEST_CASE("a group awaits the pieces of those who read it, and no others") {
  read_elsewhere s;
  s.give_input(1, 0);
  s.forget_letters();
  // Which read others.
  s.give_gradient(1, 0, {0, 1, {}});
  CHECK(s.takes_one_failure({11, 4}));
  s.give_gradient(1, 0, {0, 2, {}});
  CHECK(s.takes_one_failure({11, 4}));
  s.give_gradient(1, 0, {1, 2, {}});
  s.turns.run();
  CHECK(s.letter_count() == 1);
  CHECK(s.node.got->of<flow_done>().size() == 1);
  s.forget_letters();
  s.give_gradient(1, 0, {1, 2, {}});
  CHECK(s.takes_one_failure({11, 4}));
}

TEST_CASE("a group goes by what is read of it where neurons have moved") {
  read_elsewhere s;
  s.give_input(1, 0);
  s.give_gradient(1, 0, {1, 2, {}});
  s.turns.run();
  // All that read are here now, and contribute in one piece.
  s.move({{{3, 8}, 1}, {{11, 4}, 0}, {{15, 4}, 1}, {{19, 8}, 0}, {{27, 4}, 1}});
  s.give_input(2, 1);
  CHECK(s.letter_count() == 1);
  CHECK(s.relays.at(pooled_layer).got->of<activation>().size() == 1);
  s.forget_letters();
  s.give_gradient(2, 1, {1, 2, {}});
  CHECK(s.takes_one_failure({11, 4}));
  s.give_gradient(2, 1, {0, 2, {}});
  s.turns.run();
  CHECK(s.letter_count() == 1);
  CHECK(s.node.got->of<flow_done>().size() == 1);
}
