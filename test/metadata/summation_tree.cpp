#include "metadata/network/summation_tree.hpp"

#include <map>
#include <random>

#include <doctest/doctest.h>

#include "metadata/network/blocks.hpp"

using namespace ganglion;

namespace {

/// The sum as a text with brackets: equal texts mean equal orders of addition.
std::string whole_sum(tree_node node) {
  if (node.leaf())
    return std::to_string(node.first);
  auto middle = split_point(node);
  return "(" + whole_sum({node.first, middle, {}}) + "+"
         + whole_sum({middle, node.last, {}}) + ")";
}

/// The same, put together from pieces that several holders computed.
std::string sum_of_pieces(tree_node node,
                          const std::map<std::uint64_t, tree_node>& pieces) {
  auto i = pieces.find(node.first);
  if (i != pieces.end() && i->second == node)
    return whole_sum(node);
  REQUIRE(!node.leaf());
  auto middle = split_point(node);
  return "(" + sum_of_pieces({node.first, middle, {}}, pieces) + "+"
         + sum_of_pieces({middle, node.last, {}}, pieces) + ")";
}

} // namespace

TEST_CASE("any split of the leaves adds up in the same order") {
  std::mt19937 random{7};
  for (std::uint64_t total = 1; total <= 40; ++total) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      std::map<std::uint64_t, tree_node> pieces;
      std::uint64_t first = 0;
      while (first < total) {
        auto last = first + 1 + random() % (total - first);
        for (auto node : maximal_nodes(first, last, total))
          pieces[node.first] = node;
        first = last;
      }
      tree_node root{0, total, {}};
      CHECK(sum_of_pieces(root, pieces) == whole_sum(root));
    }
  }
}

TEST_CASE("nodes are the fewest that cover the leaves") {
  CHECK(maximal_nodes(0, 8, 8).size() == 1);
  CHECK(maximal_nodes(0, 7, 8).size() == 3);
  CHECK(maximal_nodes(1, 8, 8).size() == 3);
  CHECK(maximal_nodes(4, 6, 6) == std::vector<tree_node>{{4, 6, {}}});
}

TEST_CASE("contributions join neighbouring consumers and keep parts apart") {
  auto net = *network::make({
    {.name = "in", .kind = layer_kind::input, .neurons = 4, .inputs = {}},
    {.name = "x", .neurons = 64, .block_size = 16, .inputs = {0}},
    {.name = "y", .neurons = 64, .block_size = 16, .inputs = {1}},
    {.name = "z", .neurons = 64, .block_size = 16, .inputs = {1, 2}},
  });
  CHECK(leaf_count(net, 1) == 8);
  CHECK(leaf_count(net, 2) == 4);
  CHECK(leaf_count(net, 3) == 1);
  auto y = net.range_of(2);
  auto z = net.range_of(3);
  std::vector<neuron_range> all{y, z};
  CHECK(contributions(net, 1, all) == std::vector<tree_node>{{0, 8, {}}});
  std::vector<neuron_range> some{{y.first + 32, 32}, {z.first, 32}};
  CHECK(contributions(net, 1, some)
        == std::vector<tree_node>{{2, 4, {}}, {4, 6, {}}});
  std::vector<neuron_range> cut{{y.first + 8, 32}};
  CHECK(contributions(net, 1, cut)
        == std::vector<tree_node>{
          {0, 1, {y.first + 8, 8}}, {1, 2, {}}, {2, 3, {y.first + 32, 8}}});
  CHECK(contributions(net, 2, cut).empty());
}
