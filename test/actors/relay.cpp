#include "actors/relay.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include "metadata/caf_compat.hpp"
#include "test/actors/stage.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

constexpr layer_id relayed_layer = 1;
constexpr neuron_range relayed{3, 16};

/// Of the groups of neurons 3-18, four each, two are on this node; of the six
/// that read them, five, so that it holds nodes [0, 4) and [4, 5) of their tree
/// of sums.
deploy relay_deployment() {
  return deployment(parse_network("mlp:3-16-24", 4),
                    {{{3, 8}, 0}, {{11, 8}, 1}, {{19, 20}, 0}, {{39, 4}, 1}},
                    4);
}

struct relay_stage : stage {
  relay_stage() : stage(relay_deployment()) {
    relay = turns.spawn<relay_actor>(
      relay_config{context, relayed_layer, node.actor});
    post_to(relay, start{make_routes()});
  }

  /// What four neurons of the source layer answer to a micro-batch.
  void give_outputs(std::uint64_t sequence, std::size_t group,
                    const tensor& all) {
    neuron_range range{3 + 4 * group, 4};
    give_outputs(sequence, range, all.columns(4 * group, 4));
  }

  void give_outputs(std::uint64_t sequence, neuron_range range,
                    const tensor& values) {
    post_to(relay, activation{head_of(sequence, relayed_layer, range), values});
  }

  void give_piece(std::uint64_t sequence, const tree_node& at,
                  const tensor& values) {
    post_to(relay,
            gradient{head_of(sequence, relayed_layer, relayed), at, values});
  }

  /// Whether each group that reads the layer got this of a micro-batch, as its
  /// letter number `index`.
  bool all_got(std::size_t index, std::uint64_t sequence, const tensor& whole) {
    auto readers = groups_of(2);
    auto wanted = head_of(sequence, relayed_layer, relayed);
    return readers.size() == 5
           && std::all_of(
             readers.begin(), readers.end(), [&](const witness& x) {
               const auto& got = x.got->of<activation>();
               return got.size() > index && got[index].head == wanted
                      && got[index].values == whole;
             });
  }

  /// Whether the four owners of the layer's neurons got their columns of these
  /// two pieces of a gradient, and nobody anything else; forgets it.
  bool owners_got(std::uint64_t sequence, const tensor& left,
                  const tensor& right) {
    auto here = groups_of(relayed_layer);
    bool result = letter_count() == 8 && here.size() == 2;
    for (std::size_t group = 0; result && group < 4; ++group) {
      const auto& letters_of = group < 2 ? here[group].got : links[0].got;
      neuron_range range{3 + 4 * group, 4};
      auto has = [&](const tree_node& at, const tensor& sum) {
        const auto& got = letters_of->of<gradient>();
        return std::any_of(got.begin(), got.end(), [&](const gradient& x) {
          return x.head == head_of(sequence, relayed_layer, range)
                 && x.node == at && x.values == sum.columns(4 * group, 4);
        });
      };
      result = has({0, 4, {}}, left) && has({4, 5, {}}, right);
    }
    forget_letters();
    return result;
  }

  caf::actor relay;
};

tree_node leaf_at(std::uint64_t i) {
  return {i, i + 1, {}};
}

/// Summands of which each order has another sum.
std::array<tensor, 5> pieces_of(std::uint64_t sequence) {
  std::array<tensor, 5> result;
  const std::array<float, 5> values{1e8f, 1, -1e8f, 1, 3};
  for (std::size_t i = 0; i < values.size(); ++i) {
    matrix x{2, 16};
    for (std::size_t k = 0; k < x.size(); ++k)
      x.data()[k] = values[i] * static_cast<float>(sequence + k);
    result[i] = std::move(x).freeze();
  }
  return result;
}

tensor sum_of(const tensor& a, const tensor& b) {
  matrix result{a.rows(), a.columns()};
  result.assign_columns(0, a);
  result.add(b);
  return std::move(result).freeze();
}

tensor tree_sum(const std::array<tensor, 5>& x) {
  return sum_of(sum_of(x[0], x[1]), sum_of(x[2], x[3]));
}

} // namespace

TEST_CASE("outputs of a layer reach each local reader once, in one piece") {
  relay_stage s;
  auto all = noise(2, 16, 1);
  std::array<std::size_t, 4> order{0, 1, 2, 3};
  std::uint64_t sequence = 0;
  do {
    ++sequence;
    for (auto group : order) {
      CHECK(s.letter_count() == 5 * (sequence - 1));
      s.give_outputs(sequence, group, all);
      s.turns.run();
    }
    CHECK(s.all_got(sequence - 1, sequence, all));
    CHECK(s.letter_count() == 5 * sequence);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("outputs of two micro-batches at once do not mix") {
  auto one = noise(2, 16, 1);
  auto two = noise(2, 16, 2);
  // Whether the next part is one of the first micro-batch's.
  std::array<bool, 8> turns_of_one{};
  std::fill_n(turns_of_one.rbegin(), 4, true);
  do {
    relay_stage s;
    std::size_t given_one = 0;
    std::size_t given_two = 0;
    for (auto first : turns_of_one)
      if (first)
        s.give_outputs(1, given_one++, one);
      else
        s.give_outputs(2, given_two++, two);
    s.turns.run();
    auto second_is_through = turns_of_one.back() ? 0u : 1u;
    CHECK(s.all_got(1 - second_is_through, 1, one));
    CHECK(s.all_got(second_is_through, 2, two));
    CHECK(s.letter_count() == 10);
  } while (std::next_permutation(turns_of_one.begin(), turns_of_one.end()));
}

TEST_CASE("gradients flow back in the plan's pieces, in the tree's order") {
  relay_stage s;
  REQUIRE(s.context->contributed[relayed_layer]
          == std::vector<tree_node>{{0, 4, {}}, {4, 5, {}}});
  auto pieces = pieces_of(1);
  auto left_to_right = sum_of(sum_of(sum_of(pieces[0], pieces[1]), pieces[2]),
                              pieces[3]);
  REQUIRE(!(left_to_right == tree_sum(pieces)));
  std::array<std::size_t, 5> order{0, 1, 2, 3, 4};
  std::uint64_t sequence = 0;
  do {
    ++sequence;
    for (auto i : order) {
      CHECK(s.letter_count() == 0);
      s.give_piece(sequence, leaf_at(i), pieces[i]);
      s.turns.run();
    }
    CHECK(s.owners_got(sequence, tree_sum(pieces), pieces[4]));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("gradients of two micro-batches at once do not mix") {
  relay_stage s;
  auto one = pieces_of(1);
  auto two = pieces_of(2);
  for (std::size_t i = 0; i < 5; ++i) {
    s.give_piece(2, leaf_at(4 - i), two[4 - i]);
    if (i < 4)
      s.give_piece(1, leaf_at(i), one[i]);
  }
  s.turns.run();
  CHECK(s.owners_got(2, tree_sum(two), two[4]));
  s.give_piece(1, leaf_at(4), one[4]);
  s.turns.run();
  CHECK(s.owners_got(1, tree_sum(one), one[4]));
}

TEST_CASE("outputs that come twice, or are nobody's, end the run by name") {
  relay_stage s;
  auto all = noise(2, 16, 1);
  s.give_outputs(1, 0, all);
  s.turns.run();
  s.give_outputs(1, 0, all);
  CHECK(s.takes_one_failure({3, 4}));
  s.give_outputs(1, {3, 5}, all.columns(0, 5));
  CHECK(s.takes_one_failure({3, 5}));
  s.give_outputs(1, {19, 4}, all.columns(0, 4));
  CHECK(s.takes_one_failure({19, 4}));
  s.give_outputs(1, {7, 4}, noise(3, 4, 1));
  CHECK(s.takes_one_failure({7, 4}));
  for (auto group : {1, 2, 3})
    s.give_outputs(1, group, all);
  s.turns.run();
  CHECK(s.all_got(0, 1, all));
  s.forget_letters();
  // All of them have gone on.
  s.give_outputs(1, 2, all);
  CHECK(s.takes_one_failure({11, 4}));
  s.give_outputs(2, relayed, all);
  CHECK(s.takes_one_failure(relayed));
}

TEST_CASE("pieces that come twice, or are nobody's, end the run by name") {
  relay_stage s;
  auto pieces = pieces_of(1);
  s.give_piece(1, leaf_at(0), pieces[0]);
  s.turns.run();
  s.give_piece(1, leaf_at(0), pieces[0]);
  CHECK(s.takes_one_failure(relayed));
  s.give_piece(1, {0, 2, {}}, pieces[0]);
  CHECK(s.takes_one_failure(relayed));
  s.give_piece(1, leaf_at(5), pieces[0]);
  CHECK(s.takes_one_failure(relayed));
  s.give_piece(1, leaf_at(1), noise(2, 15, 1));
  CHECK(s.takes_one_failure(relayed));
  for (std::size_t i = 1; i < 5; ++i)
    s.give_piece(1, leaf_at(i), pieces[i]);
  s.turns.run();
  CHECK(s.owners_got(1, tree_sum(pieces), pieces[4]));
  // All of them have gone on.
  s.give_piece(1, leaf_at(3), pieces[3]);
  CHECK(s.takes_one_failure(relayed));
}

TEST_CASE("a relay that was not told who is where passes nothing on") {
  stage s{relay_deployment()};
  auto relay = s.turns.spawn<relay_actor>(
    relay_config{s.context, relayed_layer, s.node.actor});
  auto all = noise(2, 16, 1);
  post_to(relay, activation{s.head_of(1, relayed_layer, relayed), all});
  s.turns.run();
  CHECK(s.letter_count() == 0);
  auto told = s.turns.ask<part_progress>(relay, ask_progress{1});
  REQUIRE(told);
  CHECK(!told->forward);
}
