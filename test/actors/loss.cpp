#include "actors/loss_actor.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <doctest/doctest.h>

#include "metadata/caf_compat.hpp"
#include "test/actors/stage.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

constexpr layer_id judged_layer = 1;
constexpr neuron_range judged{3, 8};

/// Its two groups are on two nodes.
struct loss_stage : stage {
  loss_stage()
    : stage(
      deployment(parse_network("mlp:3-8", 4), {{{3, 4}, 0}, {{7, 4}, 1}}, 4)) {
    judge = turns.spawn<loss_actor>(
      loss_config{context, judged_layer, node.actor, metrics});
    post_to(judge, start{make_routes()});
  }

  void give_outputs(header head, std::size_t group) {
    auto salt = static_cast<std::uint32_t>(head.sequence);
    head.range = {3 + 4 * group, 4};
    post_to(judge, activation{head, noise(2, 8, salt).columns(4 * group, 4)});
  }

  void give_targets(const header& head) {
    std::array<float, 2> classes{1, 6};
    post_to(judge, targets{head, tensor::copy_of(classes, 2, 1)});
  }

  /// Outputs of a group, or the targets.
  void give(std::uint64_t sequence, std::size_t thing) {
    auto head = head_of(sequence, judged_layer, judged);
    if (thing < 2)
      give_outputs(head, thing);
    else
      give_targets(head);
    turns.run();
  }

  caf::actor judge;
};

} // namespace

TEST_CASE("outputs and targets in any order give one loss and its gradient") {
  loss_stage first;
  for (std::size_t i = 0; i < 3; ++i)
    first.give(1, i);
  REQUIRE(first.engine.got->of<loss_report>().size() == 1);
  auto of = [](const witness& x) { return x.got->of<gradient>().at(0).values; };
  std::array<std::size_t, 3> order{0, 1, 2};
  while (std::next_permutation(order.begin(), order.end())) {
    loss_stage s;
    for (auto thing : order) {
      CHECK(s.letter_count() == 0);
      s.give(1, thing);
    }
    CHECK(s.letter_count() == 3);
    REQUIRE(s.engine.got->of<loss_report>().size() == 1);
    CHECK(s.engine.got->of<loss_report>().front().loss_sum
          == first.engine.got->of<loss_report>().front().loss_sum);
    CHECK(of(s.groups[0]) == of(first.groups[0]));
    CHECK(of(s.links[0]) == of(first.links[0]));
    CHECK(s.links[0].got->of<gradient>().front().head
          == s.head_of(1, judged_layer, {7, 4}));
  }
}

TEST_CASE("the loss does not mix two micro-batches") {
  loss_stage apart;
  for (std::uint64_t sequence : {1, 2})
    for (std::size_t i = 0; i < 3; ++i)
      apart.give(sequence, i);
  loss_stage s;
  for (std::size_t i = 0; i < 3; ++i) {
    s.give(2, 2 - i);
    s.give(1, i);
  }
  CHECK(s.letter_count() == 6);
  const auto& wanted = apart.groups[0].got->of<gradient>();
  const auto& got = s.groups[0].got->of<gradient>();
  REQUIRE(got.size() == 2);
  CHECK(got[0].head.sequence == 2);
  CHECK(got[0].values == wanted[1].values);
  CHECK(got[1].values == wanted[0].values);
}

TEST_CASE("outputs or targets that come twice end the run by name") {
  loss_stage s;
  s.give(1, 2);
  s.give(1, 2);
  CHECK(s.takes_one_failure(judged, "output"));
  s.give(1, 0);
  s.give(1, 0);
  CHECK(s.takes_one_failure({3, 4}));
  s.give(1, 1);
  CHECK(s.letter_count() == 3);
  s.forget_letters();
  s.give(1, 1); // it was judged
  CHECK(s.takes_one_failure({7, 4}));
  s.give(1, 2);
  CHECK(s.takes_one_failure(judged, "output"));
}

TEST_CASE("outputs of an inference go to the engine, whole, and once") {
  loss_stage s;
  auto head = s.head_of(1, judged_layer, judged);
  head.mode = pass_mode::infer;
  s.give_outputs(head, 1);
  s.give_outputs(head, 0);
  s.turns.run();
  CHECK(s.letter_count() == 1);
  REQUIRE(s.engine.got->of<outputs>().size() == 1);
  CHECK(s.engine.got->of<outputs>().front().values == noise(2, 8, 1));
  CHECK(s.engine.got->of<outputs>().front().head == head);
  s.forget_letters();
  s.give_outputs(head, 0);
  CHECK(s.takes_one_failure({3, 4}));
}
