#include "actors/group.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <doctest/doctest.h>

#include "test/actors/group_stage.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

TEST_CASE("a group computes once, when the inputs of all layers are there") {
  tensor first;
  for (auto order : {std::array{left_layer, right_layer},
                     std::array{right_layer, left_layer}}) {
    group_stage s;
    s.give_input(s.micro_batch(1), order[0]);
    s.turns.run();
    CHECK(s.letter_count() == 0);
    s.give_input(s.micro_batch(1), order[1]);
    s.turns.run();
    REQUIRE(s.outputs_of_group().size() == 1);
    CHECK(s.letter_count() == 2);
    CHECK(s.links[0].got->of<activation>().size() == 1);
    const auto& got = s.outputs_of_group().front();
    CHECK(got.head == s.head_of(1, middle_layer, middle));
    if (first.empty())
      first = got.values;
    CHECK(got.values == first);
  }
}

TEST_CASE("a gradient flows back once, when all its pieces are there") {
  std::vector<tensor> first;
  for (auto order : {std::array{0, 1}, std::array{1, 0}}) {
    group_stage s;
    s.give_inputs(s.micro_batch(1));
    s.turns.run();
    s.forget_letters();
    s.give_piece(s.micro_batch(1), order[0]);
    s.turns.run();
    CHECK(s.letter_count() == 0);
    s.give_piece(s.micro_batch(1), order[1]);
    s.turns.run();
    CHECK(s.letter_count() == 3);
    REQUIRE(s.node.got->of<flow_done>().size() == 1);
    CHECK(s.node.got->of<flow_done>().front().head.sequence == 1);
    std::vector<tensor> back;
    for (auto source : {left_layer, right_layer}) {
      const auto& got = s.relays.at(source).got->of<gradient>();
      REQUIRE(got.size() == 1);
      CHECK(got.front().node == tree_node{0, 2, {}});
      CHECK(got.front().head
            == s.head_of(1, source, s.what.net.range_of(source)));
      back.push_back(got.front().values);
    }
    back.push_back(s.weights(1));
    if (first.empty())
      first = back;
    CHECK(back == first);
  }
}

TEST_CASE("what comes for a later step waits until the update") {
  group_stage one_by_one;
  one_by_one.do_all(one_by_one.micro_batch(1));
  one_by_one.give_inputs(one_by_one.micro_batch(2, 1));
  one_by_one.turns.run();
  group_stage s;
  s.give_inputs(s.micro_batch(2, 1));
  s.give_inputs(s.micro_batch(1));
  s.turns.run();
  REQUIRE(s.outputs_of_group().size() == 1);
  CHECK(s.outputs_of_group().front().head.sequence == 1);
  s.give_pieces(s.micro_batch(1));
  s.turns.run();
  REQUIRE(s.outputs_of_group().size() == 2);
  CHECK(s.outputs_of_group().back().head.sequence == 2);
  CHECK(s.outputs_of_group().back().values
        == one_by_one.outputs_of_group().back().values);
  CHECK(!(s.outputs_of_group().back().values
          == s.outputs_of_group().front().values));
}

TEST_CASE("gradients of micro-batches add up in order, however they come") {
  auto run = [](std::array<std::uint64_t, 3> order) {
    group_stage s;
    for (std::uint64_t i = 0; i < 3; ++i)
      s.give_inputs(s.part(i));
    for (auto i : order)
      s.give_pieces(s.part(i));
    s.turns.run();
    std::vector<std::uint64_t> done;
    for (const auto& x : s.node.got->of<flow_done>())
      done.push_back(x.head.sequence);
    CHECK(done == std::vector<std::uint64_t>{1, 2, 3});
    return s.weights(1);
  };
  std::array<std::uint64_t, 3> order{0, 1, 2};
  auto in_order = run(order);
  CHECK(!(in_order == group_stage{}.weights(0)));
  while (std::next_permutation(order.begin(), order.end()))
    CHECK(run(order) == in_order);
}

TEST_CASE("a micro-batch waits for those before it that have not come yet") {
  auto run = [](std::array<std::uint64_t, 3> order) {
    group_stage s;
    for (auto i : order)
      s.do_all(s.part(i));
    CHECK(s.node.got->of<flow_done>().size() == 3);
    CHECK(s.node.got->of<run_failed>().empty());
    return s.weights(1);
  };
  std::array<std::uint64_t, 3> order{0, 1, 2};
  auto in_order = run(order);
  while (std::next_permutation(order.begin(), order.end()))
    CHECK(run(order) == in_order);
}

TEST_CASE("an activation of an earlier step ends the run, and says of which") {
  group_stage s;
  s.do_all(s.micro_batch(1));
  s.forget_letters();
  s.give_input(s.micro_batch(2, 0), left_layer);
  s.turns.run();
  REQUIRE(s.node.got->of<run_failed>().size() == 1);
  CHECK(s.node.got->of<run_failed>().front().why.text
        == "neurons 11-18 were asked to compute with step 0, but are at step "
           "1 already");
  CHECK(s.takes_one_failure(middle));
}

TEST_CASE("an input that comes twice ends the run, whenever it comes again") {
  group_stage s;
  s.give_input(s.micro_batch(1), left_layer);
  s.turns.run();
  s.give_input(s.micro_batch(1), left_layer);
  CHECK(s.takes_one_failure(middle));
  s.give_input(s.micro_batch(1), right_layer);
  s.turns.run();
  CHECK(s.outputs_of_group().size() == 1);
  s.forget_letters();
  s.give_input(s.micro_batch(1), right_layer);
  CHECK(s.takes_one_failure(middle));
  // Nothing of an inference is left behind once its outputs are on their way.
  auto asked = s.micro_batch(2);
  asked.mode = pass_mode::infer;
  s.give_inputs(asked);
  s.turns.run();
  CHECK(s.outputs_of_group().size() == 1);
  s.forget_letters();
  s.give_input(asked, left_layer);
  CHECK(s.takes_one_failure(middle));
}

TEST_CASE("inputs with other numbers of samples end the run by name") {
  group_stage s;
  s.give_input(s.micro_batch(1), left_layer);
  auto larger = s.micro_batch(1);
  larger.rows = 3;
  s.give_input(larger, right_layer);
  CHECK(s.takes_one_failure(middle));
  // Of a layer that it does not read, and of none.
  s.give_input(s.micro_batch(2), middle_layer);
  s.give_input(s.micro_batch(2), 17);
  s.turns.run();
  CHECK(s.letter_count() == 0);
}

TEST_CASE("a gradient that fits no outputs ends the run by name") {
  group_stage s;
  s.give_piece(s.micro_batch(1), 0); // nothing has come before
  CHECK(s.takes_one_failure(middle, "before their outputs left"));
  s.give_input(s.micro_batch(1), left_layer);
  s.give_piece(s.micro_batch(1), 0);
  CHECK(s.takes_one_failure(middle, "before their outputs left"));
  s.give_input(s.micro_batch(1), right_layer);
  s.turns.run();
  s.forget_letters();
  s.give_gradient(s.micro_batch(1), {0, 1, {}}, noise(2, 7, 1));
  CHECK(s.takes_one_failure(middle));
  s.give_gradient(s.micro_batch(1), {0, 2, {}}, noise(2, 8, 1));
  CHECK(s.takes_one_failure(middle));
  s.give_piece(s.micro_batch(1), 1);
  s.turns.run();
  s.give_piece(s.micro_batch(1), 1);
  CHECK(s.takes_one_failure(middle));
  s.give_piece(s.micro_batch(1), 0);
  s.turns.run();
  CHECK(s.node.got->of<flow_done>().size() == 1);
  s.forget_letters();
  s.give_piece(s.micro_batch(1), 0); // it is through
  CHECK(s.takes_one_failure(middle));
}
