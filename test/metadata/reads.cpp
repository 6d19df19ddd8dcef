// What is read of a layer on each node and by each piece of a gradient's sum,
// and who takes what a group answers.
#include "metadata/placement/reads.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "metadata/placement/group_readers.hpp"

using namespace ganglion;

namespace {

using ranges = std::vector<neuron_range>;

/// Neurons 4-19, of which 20-35 leave out some, and 36-43 take the larger one
/// of two each; 44-51 read these.
network narrow_network() {
  auto net = parse_network("mlp:4-16-drop0.1-pool2-8", 4);
  REQUIRE(net);
  return *net;
}

/// Neurons 3-10, which 11-18 read as a whole, and 19-26 as a row that passes
/// by.
network row_network() {
  auto net = network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 3, .inputs = {}},
     {.name = "row", .neurons = 8, .block_size = 4, .inputs = {0}},
     {.name = "all", .neurons = 8, .block_size = 4, .inputs = {1}},
     {.name = "out",
      .kind = layer_kind::residual,
      .neurons = 8,
      .block_size = 4,
      .inputs = {2, 1}}});
  REQUIRE(net);
  return *net;
}

/// Neurons 1-4, of which 5 reads 2 and 3, and 6 and 7 none.
network wired_pair() {
  auto sparse = [](std::string name, std::uint64_t neurons,
                   std::vector<layer_id> inputs, std::vector<edge> edges) {
    return layer{.name = std::move(name),
                 .kind = layer_kind::sparse,
                 .neurons = neurons,
                 .inputs = std::move(inputs),
                 .wires = {std::move(edges), {}, {}}};
  };
  auto net = network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 1, .inputs = {}},
     sparse("first", 4, {0}, {{0, 1}, {0, 2}, {0, 3}, {0, 4}}),
     sparse("second", 3, {0, 1}, {{2, 5}, {3, 5}, {0, 6}, {0, 7}})});
  REQUIRE(net);
  return *net;
}

placement placed(const network& net, const std::vector<assignment>& where) {
  auto result = placement::make(net, {"a", "b", "c"}, where);
  REQUIRE(result);
  return *result;
}

/// What nodes 0, 1 and 2 take; nothing of a node that takes nothing.
std::vector<ranges> reads_by_node(const std::vector<node_reads>& all) {
  std::vector<ranges> result(3);
  for (const auto& x : all)
    result[x.node] = x.neurons;
  return result;
}

} // namespace

TEST_CASE("a node takes of a layer what its neurons read") {
  auto net = narrow_network();
  auto where = placed(net, {{{4, 16}, 2},
                            {{20, 8}, 0},
                            {{28, 8}, 1},
                            {{36, 4}, 1},
                            {{40, 4}, 0},
                            {{44, 4}, 0},
                            {{48, 4}, 1}});
  auto read = [&](layer_id id) {
    return reads_by_node(reads_of_outputs(net, id, where));
  };
  CHECK(read(1) == std::vector<ranges>{{{4, 8}}, {{12, 8}}, {}});
  CHECK(read(2) == std::vector<ranges>{{{28, 8}}, {{20, 8}}, {}});
  CHECK(read(3) == std::vector<ranges>{{{36, 8}}, {{36, 8}}, {}});
  // What the engine gives comes in one piece.
  CHECK(read(0) == std::vector<ranges>{{}, {}, {{0, 4}}});
}

TEST_CASE("who adds to a row reads its own coordinates of it alone") {
  auto net = row_network();
  auto where = placed(net,
                      {{{3, 8}, 0}, {{11, 8}, 1}, {{19, 4}, 1}, {{23, 4}, 2}});
  CHECK(reads_by_node(reads_of_outputs(net, 1, where))
        == std::vector<ranges>{{}, {{3, 8}}, {{7, 4}}});
  CHECK(reads_by_node(reads_of_outputs(net, 2, where))
        == std::vector<ranges>{{}, {{11, 8}}, {{11, 8}}});
  std::vector<tree_node> pieces{{0, 2, {}}, {2, 3, {}}, {3, 4, {}}};
  CHECK(reads_of_pieces(net, 1, pieces)
        == std::vector<ranges>{{{3, 8}}, {{3, 4}}, {{7, 4}}});
  // Part of a block that is cut.
  pieces = {{0, 2, {}}, {2, 3, {19, 1}}, {2, 3, {20, 3}}, {3, 4, {}}};
  CHECK(reads_of_pieces(net, 1, pieces)
        == std::vector<ranges>{{{3, 8}}, {{3, 1}}, {{4, 3}}, {{7, 4}}});
  pieces = {{0, 3, {}}, {3, 4, {}}};
  CHECK(reads_of_pieces(net, 1, pieces)
        == std::vector<ranges>{{{3, 8}}, {{7, 4}}});
}

TEST_CASE("what nobody reads is taken once, and who reads nothing takes some") {
  auto net = wired_pair();
  auto where = placed(net, {{{1, 4}, 0}, {{5, 1}, 1}, {{6, 2}, 2}});
  CHECK(reads_by_node(reads_of_outputs(net, 1, where))
        == std::vector<ranges>{{}, {{2, 3}}, {{1, 1}}});
  where = placed(net, {{{1, 4}, 0}, {{5, 3}, 1}});
  CHECK(reads_by_node(reads_of_outputs(net, 1, where))
        == std::vector<ranges>{{}, {{1, 4}}, {}});
}

TEST_CASE("of a tick a node takes what it has, and what its neurons read") {
  wiring ring{{{0, 1}, {4, 1}, {1, 2}, {2, 3}, {3, 4}}, {}, {}};
  auto net = network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 1, .inputs = {}},
     {.name = "cells",
      .kind = layer_kind::sparse,
      .neurons = 4,
      .inputs = {0, 1},
      .wires = ring}});
  REQUIRE(net);
  auto where = placed(*net, {{{1, 2}, 0}, {{3, 2}, 2}});
  CHECK(reads_by_node(reads_of_ticks(*net, 1, where))
        == std::vector<ranges>{{{1, 2}, {4, 1}}, {}, {{2, 3}}});
}

TEST_CASE("ranges are asked what they have of another, all or some") {
  ranges read{{4, 4}, {10, 2}};
  CHECK(reads_all(read, {4, 4}));
  CHECK(reads_all(read, {11, 1}));
  CHECK(!reads_all(read, {7, 4}));
  CHECK(!reads_all(read, {3, 2}));
  CHECK(!reads_all(ranges{}, {3, 2}));
  CHECK(reads_some(read, {7, 4}));
  CHECK(reads_some(read, {3, 2}));
  CHECK(reads_some(read, {0, 20}));
  CHECK(!reads_some(read, {8, 2}));
  CHECK(!reads_some(read, {12, 5}));
  CHECK(!reads_some(read, {0, 4}));
}

TEST_CASE("a group is taken by all nodes that read some of it") {
  std::vector<placed_range> groups{
    {{4, 4}, 1, 0}, {{8, 3}, 1, 0}, {{11, 1}, 1, 1}, {{12, 4}, 1, 1}};
  ranges some{{5, 1}, {7, 2}, {12, 1}, {14, 9}};
  CHECK(groups_read(groups, some) == std::vector<std::size_t>{0, 1, 3});
  CHECK(groups_read(groups, ranges{{0, 4}, {16, 2}}).empty());
  CHECK(groups_read({}, some).empty());
  std::vector<node_reads> reads{{0, some}, {2, {{4, 12}}}, {3, {{11, 1}}}};
  group_readers readers{groups, reads};
  std::vector<std::vector<node_index>> got;
  for (std::size_t i = 0; i < groups.size(); ++i)
    got.emplace_back(readers.of(i).begin(), readers.of(i).end());
  CHECK(
    got
    == std::vector<std::vector<node_index>>{{0, 2}, {0, 2}, {2, 3}, {0, 2}});
  CHECK(readers.set_of()[0] == readers.set_of()[3]);
}
