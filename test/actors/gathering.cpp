#include "actors/gathering.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

constexpr layer_id gathered_layer = 1;

/// Neurons 3-18 in blocks of four, which are read by neurons 19-34.
network gathered_network() {
  auto made = parse_network("mlp:3-16-16", 4);
  REQUIRE(made);
  return *made;
}

/// The second block is cut.
std::vector<group_route> cut_groups() {
  return {{{3, 4}, nullptr},
          {{7, 3}, nullptr},
          {{10, 1}, nullptr},
          {{11, 8}, nullptr}};
}

/// What each of the groups answers: its columns of `all`.
tensor part_of(const tensor& all, neuron_range range) {
  return all.columns(range.first - 3, range.count);
}

/// Calls `f` with each order of four things.
template <class F>
void each_order(F f) {
  std::array<std::size_t, 4> order{};
  std::iota(order.begin(), order.end(), 0);
  do
    f(order);
  while (std::next_permutation(order.begin(), order.end()));
}

/// What four holders give to the gradient of the outputs: those of the first
/// block, of half of the second one each, and of the rest.
std::vector<tree_node> cut_pieces(const network& net) {
  std::vector<tree_node> result;
  for (neuron_range held : {neuron_range{19, 4}, {23, 2}, {25, 2}, {27, 8}}) {
    auto pieces = contributions(net, gathered_layer, {&held, 1});
    REQUIRE(pieces.size() == 1);
    result.push_back(pieces.front());
  }
  return result;
}

tensor number(float x) {
  return tensor::copy_of({&x, 1}, 1, 1);
}

/// Adds pieces in an order, and gives the sum.
float sum_in_order(const std::vector<tree_node>& expected,
                   const std::array<float, 4>& values,
                   const std::array<std::size_t, 4>& order) {
  sum_gathering x;
  for (auto i : order) {
    CHECK(!x.complete());
    CHECK(!x.add(expected, expected[i], number(values[i]), {3, 16}));
  }
  CHECK(x.complete());
  return x.sum(expected, {0, 4, {}}).row(0)[0];
}

bool refuses(layer_gathering& x, const std::vector<group_route>& groups,
             neuron_range range, const tensor& part) {
  auto got = x.add(gathered_network(), gathered_layer, groups, range, part);
  return !got && got.error() == errc::protocol
         && details_of(got.error()).ranges == std::vector{range};
}

bool refuses(sum_gathering& x, const std::vector<tree_node>& expected,
             const tree_node& node, const tensor& piece) {
  auto err = x.add(expected, node, piece, {3, 16});
  return err == errc::protocol
         && details_of(err).ranges == std::vector{neuron_range{3, 16}};
}

} // namespace

TEST_CASE("parts of a layer give the same whole in whichever order they come") {
  auto net = gathered_network();
  auto groups = cut_groups();
  auto all = noise(3, 16, 1);
  each_order([&](const std::array<std::size_t, 4>& order) {
    layer_gathering x;
    for (std::size_t i = 0; i < order.size(); ++i) {
      auto range = groups[order[i]].range;
      auto got = x.add(net, gathered_layer, groups, range, part_of(all, range));
      REQUIRE(got);
      REQUIRE(got->has_value() == (i + 1 == order.size()));
      if (*got)
        CHECK(**got == all);
    }
  });
}

TEST_CASE("a part that is the whole is passed on uncopied where it can be") {
  auto net = gathered_network();
  std::vector<group_route> one{{{3, 16}, nullptr}};
  auto all = noise(3, 16, 1);
  auto got = layer_gathering{}.add(net, gathered_layer, one, {3, 16}, all);
  REQUIRE((got && *got));
  CHECK((*got)->data() == all.data());
  auto within = noise(3, 20, 1).columns(2, 16);
  got = layer_gathering{}.add(net, gathered_layer, one, {3, 16}, within);
  REQUIRE((got && *got));
  CHECK((*got)->contiguous());
  CHECK(**got == within);
  // What the engine gives comes from no group.
  auto given = noise(3, 3, 1);
  got = layer_gathering{}.add(net, 0, {}, {0, 3}, given);
  REQUIRE((got && *got));
  CHECK((*got)->data() == given.data());
}

TEST_CASE("a part that does not fit a layer is refused, and the rest goes on") {
  auto net = gathered_network();
  auto groups = cut_groups();
  auto all = noise(3, 16, 1);
  layer_gathering x;
  CHECK(refuses(x, groups, {3, 16}, all)); // no group has all of them
  REQUIRE(x.add(net, gathered_layer, groups, {7, 3}, part_of(all, {7, 3})));
  CHECK(refuses(x, groups, {7, 3}, part_of(all, {7, 3})));
  CHECK(refuses(x, groups, {3, 16}, all));
  CHECK(refuses(x, groups, {3, 3}, part_of(all, {3, 3})));
  CHECK(refuses(x, groups, {19, 4}, part_of(all, {3, 4})));
  CHECK(refuses(x, groups, {3, 4}, part_of(all, {3, 5})));
  CHECK(refuses(x, groups, {3, 4}, noise(2, 4, 1)));
  CHECK(refuses(x, groups, {3, 4}, tensor{}));
  REQUIRE(x.add(net, gathered_layer, groups, {10, 1}, part_of(all, {10, 1})));
  REQUIRE(x.add(net, gathered_layer, groups, {3, 4}, part_of(all, {3, 4})));
  auto got = x.add(net, gathered_layer, groups, {11, 8}, part_of(all, {11, 8}));
  REQUIRE((got && *got));
  CHECK(**got == all);
}

TEST_CASE("the whole of a layer is refused when it comes twice") {
  std::vector<group_route> one{{{3, 16}, nullptr}};
  auto all = noise(3, 16, 1);
  layer_gathering x;
  REQUIRE(x.add(gathered_network(), gathered_layer, one, {3, 16}, all));
  CHECK(refuses(x, one, {3, 16}, all));
  layer_gathering given;
  auto net = gathered_network();
  REQUIRE(given.add(net, 0, {}, {0, 3}, noise(3, 3, 1)));
  CHECK(!given.add(net, 0, {}, {0, 3}, noise(3, 3, 1)));
}

TEST_CASE("a sum is the tree's, in whichever order its pieces come") {
  std::vector<tree_node> leaves{{0, 1, {}}, {1, 2, {}}, {2, 3, {}}, {3, 4, {}}};
  std::array<float, 4> values{1e8f, 1, -1e8f, 1};
  auto tree = (values[0] + values[1]) + (values[2] + values[3]);
  REQUIRE(tree != ((values[0] + values[1]) + values[2]) + values[3]);
  each_order([&](const std::array<std::size_t, 4>& order) {
    CHECK(sum_in_order(leaves, values, order) == tree);
  });
}

TEST_CASE("parts of a cut block are added to each other before anything else") {
  auto net = gathered_network();
  auto pieces = cut_pieces(net);
  CHECK(pieces[1] == tree_node{1, 2, {23, 2}});
  CHECK(pieces[3] == tree_node{2, 4, {}});
  std::array<float, 4> values{1, 1e8f, -1e8f, 0.5f};
  auto tree = (values[0] + (values[1] + values[2])) + values[3];
  REQUIRE(tree != ((values[0] + values[1]) + values[2]) + values[3]);
  each_order([&](const std::array<std::size_t, 4>& order) {
    CHECK(sum_in_order(pieces, values, order) == tree);
  });
}

TEST_CASE("a sum of a part of the tree is that of its own pieces") {
  std::vector<tree_node> held{{0, 4, {}}, {4, 5, {}}, {5, 6, {}}};
  sum_gathering x;
  for (std::size_t i = 0; i < held.size(); ++i)
    REQUIRE(!x.add(held, held[i], number(static_cast<float>(1 << i)), {3, 16}));
  CHECK(x.sum(held, {0, 4, {}}) == number(1));
  CHECK(x.sum(held, {4, 6, {}}) == number(6));
  CHECK(x.sum(held, {0, 6, {}}) == number(7));
}

TEST_CASE("a piece that does not fit a sum is refused, and the rest goes on") {
  auto pieces = cut_pieces(gathered_network());
  auto values = noise(2, 16, 1);
  sum_gathering x;
  CHECK(refuses(x, pieces, pieces[0], tensor{}));
  CHECK(!x.complete());
  CHECK(!x.add(pieces, pieces[1], values, {3, 16}));
  CHECK(refuses(x, pieces, pieces[1], values));
  CHECK(refuses(x, pieces, {1, 2, {}}, values));
  CHECK(refuses(x, pieces, {1, 2, {23, 3}}, values));
  CHECK(refuses(x, pieces, {2, 3, {}}, values));
  CHECK(refuses(x, pieces, {4, 5, {}}, values));
  CHECK(refuses(x, pieces, pieces[0], noise(3, 16, 1)));
  CHECK(refuses(x, pieces, pieces[0], noise(2, 15, 1)));
  CHECK(refuses(x, pieces, pieces[0], tensor{}));
  for (auto i : {0, 2, 3}) {
    CHECK(!x.complete());
    CHECK(!x.add(pieces, pieces[i], values, {3, 16}));
  }
  CHECK(x.complete());
}

TEST_CASE("a layer of which only some is awaited is there when that is") {
  auto net = gathered_network();
  std::vector<group_route> some{{{7, 3}, nullptr}, {{11, 8}, nullptr}};
  auto all = noise(3, 16, 1);
  layer_gathering x;
  CHECK(refuses(x, some, {3, 16}, all));
  CHECK(refuses(x, some, {3, 4}, part_of(all, {3, 4})));
  REQUIRE(x.add(net, gathered_layer, some, {11, 8}, part_of(all, {11, 8})));
  CHECK(refuses(x, some, {10, 1}, part_of(all, {10, 1})));
  auto got = x.add(net, gathered_layer, some, {7, 3}, part_of(all, {7, 3}));
  REQUIRE((got && *got));
  CHECK((*got)->columns() == 16);
  for (neuron_range range : {neuron_range{7, 3}, {11, 8}})
    CHECK(part_of(**got, range) == part_of(all, range));
  // One group of several is not the whole.
  std::vector<group_route> one{{{3, 4}, nullptr}};
  layer_gathering y;
  CHECK(refuses(y, one, {3, 16}, all));
  got = y.add(net, gathered_layer, one, {3, 4}, part_of(all, {3, 4}));
  REQUIRE((got && *got));
  CHECK((*got)->columns() == 16);
}

TEST_CASE("pieces that nobody sends leave the order of the others as it is") {
  std::vector<tree_node> sent{{0, 1, {}}, {1, 2, {}}, {3, 4, {}}, {6, 8, {}}};
  std::array<float, 4> values{1e8f, 1, -1e8f, 1};
  sum_gathering x;
  for (std::size_t i = 0; i < sent.size(); ++i)
    REQUIRE(!x.add(sent, sent[i], number(values[i]), {3, 16}));
  CHECK(x.complete());
  auto tree = ((values[0] + values[1]) + values[2]) + values[3];
  REQUIRE(tree != (values[0] + values[1]) + (values[2] + values[3]));
  CHECK(x.sum(sent, {0, 8, {}}) == number(tree));
  CHECK(x.sum(sent, {4, 6, {}}).empty());
  // As it would be with zeros for the others.
  auto zeros = plus_zeros(number(-0.0f));
  CHECK(!std::signbit(zeros.row(0)[0]));
  CHECK(plus_zeros(number(-3)) == number(-3));
}
