#include "metadata/messages/who_owes.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "metadata/placement/groups.hpp"

using namespace ganglion;

namespace {

/// Two nodes of one thread, half of each layer on each.
deploy halves() {
  deploy result;
  result.net = *parse_network("mlp:4-8-6", 1);
  result.cluster.nodes = {{"a", "", 1, 1}, {"b", "", 2, 1}};
  result.where = *placement::make(
    result.net, {"a", "b"},
    {{{4, 4}, 0}, {{8, 4}, 1}, {{12, 3}, 0}, {{15, 3}, 1}});
  return result;
}

constexpr layer_id input = 0;
constexpr layer_id hidden = 1;
constexpr layer_id output = 2;

using states = std::vector<std::optional<flow_state>>;

/// Everybody is through.
states all_through() {
  states result;
  for (node_index node = 0; node < 2; ++node) {
    flow_state x;
    neuron_range own[] = {{node == 0 ? 4u : 8u, 4}, {node == 0 ? 12u : 15u, 3}};
    x.parts = {{{part_kind::node, 0, {}}, true, true},
               {{part_kind::relay, input, {}}, true, true},
               {{part_kind::relay, hidden, {}}, true, true},
               {{part_kind::group, hidden, own[0]}, true, true},
               {{part_kind::group, output, own[1]}, true, true}};
    if (node == 0)
      x.parts.push_back({{part_kind::loss, 0, {}}, true, true});
    result.emplace_back(std::move(x));
  }
  return result;
}

part_state& part(states& of, node_index node, const deployment_part& who) {
  for (auto& x : of[node]->parts)
    if (x.who == who)
      return x;
  FAIL("no such part");
  return of[node]->parts.front();
}

/// Nothing after the hidden layer's groups.
void stop_before_output(states& x) {
  for (auto& node : x)
    for (auto& y : node->parts) {
      y.backward = false;
      y.forward = y.forward && y.who.kind != part_kind::loss
                  && y.who.kind != part_kind::node && y.who.layer < output
                  && (y.who.kind != part_kind::relay || y.who.layer == input);
    }
}

} // namespace

TEST_CASE("where all are through, nobody owes anything") {
  CHECK(!who_owes(halves(), true, all_through()));
  CHECK(!who_owes(halves(), false, all_through()));
}

TEST_CASE("the first in the order of the flow that is not through owes") {
  auto now = all_through();
  stop_before_output(now);
  deployment_part lazy{part_kind::group, hidden, {8, 4}};
  part(now, 1, lazy).forward = false;
  auto found = who_owes(halves(), true, now);
  REQUIRE(found);
  CHECK(found->node == 1);
  CHECK(found->who == lazy);
}

TEST_CASE("a relay that has what it gathers and passes nothing on owes") {
  auto now = all_through();
  stop_before_output(now);
  part(now, 1, {part_kind::relay, hidden, {}}).forward = false;
  part(now, 0, {part_kind::relay, hidden, {}}).forward = true;
  auto found = who_owes(halves(), true, now);
  REQUIRE(found);
  CHECK(found->node == 1);
  CHECK(found->who == deployment_part{part_kind::relay, hidden, {}});
}

TEST_CASE("on the way back, the last layer comes first") {
  auto now = all_through();
  deployment_part lazy{part_kind::group, output, {12, 3}};
  part(now, 0, lazy).backward = false;
  part(now, 0, {part_kind::relay, hidden, {}}).backward = false;
  part(now, 1, {part_kind::group, hidden, {8, 4}}).backward = false;
  auto found = who_owes(halves(), true, now);
  REQUIRE(found);
  CHECK(found->who == lazy);
  CHECK(!who_owes(halves(), false, now));
}

TEST_CASE("a node that counts no longer owes, when all else is done") {
  auto now = all_through();
  part(now, 1, {part_kind::node, 0, {}}).forward = false;
  auto found = who_owes(halves(), true, now);
  REQUIRE(found);
  CHECK(found->node == 1);
  CHECK(found->who.kind == part_kind::node);
}

TEST_CASE("of a node that says nothing, the first actor is named") {
  auto now = all_through();
  now[1].reset();
  auto found = who_owes(halves(), false, now);
  REQUIRE(found);
  CHECK(found->node == 1);
  CHECK(found->who == deployment_part{part_kind::relay, input, {}});
}
