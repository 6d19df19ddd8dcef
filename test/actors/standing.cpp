// Layers that stand, on a stage: "scales" (neurons 11-18) yields the row by
// which "out" (19-26) normalises what "row" (3-10) answers.
#include <doctest/doctest.h>

#include "actors/group.hpp"
#include "actors/relay.hpp"
#include "metadata/caf_compat.hpp"
#include "test/actors/stage.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

constexpr layer_id read_layer = 1;
constexpr layer_id scales_layer = 2;
constexpr layer_id out_layer = 3;
constexpr neuron_range scales{11, 8};
constexpr neuron_range out{19, 8};

deploy standing_deployment() {
  return deployment(
    network::make(
      {{.name = "in", .kind = layer_kind::input, .neurons = 3, .inputs = {}},
       {.name = "row", .neurons = 8, .inputs = {0}},
       {.name = "scales",
        .kind = layer_kind::rms,
        .neurons = 8,
        .inputs = {},
        .settings = {1e-5}},
       {.name = "out", .neurons = 8, .inputs = {read_layer, scales_layer}}}),
    {{{3, 12}, 0}, {{15, 4}, 1}, {{19, 8}, 0}}, 8);
}

struct standing_stage : stage {
  standing_stage() : stage(standing_deployment()) {
  }

  /// The actor of a group of this node.
  caf::actor spawn_group(layer_id layer, neuron_range range) {
    std::vector<caf::actor> before;
    for (auto source : what.net.at(layer).inputs)
      if (relays.contains(source))
        before.push_back(relays.at(source).actor);
    auto around = [&](registry_ptr routes) {
      return std::make_shared<const group_surroundings>(
        group_surroundings{context, layer, before, node.actor, storage.actor,
                           metrics, std::move(routes)});
    };
    auto result = turns.spawn<group_actor>(
      group_config{around(nullptr), range, 0});
    post_to(result, surround{around(make_routes()), 0});
    turns.run();
    forget_letters();
    return result;
  }

  [[nodiscard]] activation row_part(std::uint64_t revision, std::uint64_t step,
                                    neuron_range range,
                                    const tensor& all) const {
    auto head = head_of(revision, scales_layer, range, 1);
    head.mode = pass_mode::stand;
    head.step = step;
    return {head, all.columns(range.first - scales.first, range.count)};
  }
};

} // namespace

TEST_CASE("a relay hands on the newest row of a layer that stands") {
  standing_stage s;
  auto relay = s.turns.spawn<relay_actor>(
    relay_config{s.context, scales_layer, s.node.actor});
  post_to(relay, start{s.make_routes()});
  auto old = noise(1, 8, 1);
  auto fresh = noise(1, 8, 2);
  const auto& got = s.groups_of(out_layer).front().got->of<activation>();
  post_to(relay, s.row_part(1, 0, {11, 4}, old));
  post_to(relay, s.row_part(2, 0, {15, 4}, fresh));
  s.turns.run();
  CHECK(got.empty());
  post_to(relay, s.row_part(2, 0, {11, 4}, fresh));
  s.turns.run();
  REQUIRE(got.size() == 1);
  CHECK(got[0].values == fresh);
  CHECK(got[0].head.range == scales);
  CHECK(s.turns.ask<row_came>(relay, await_row{2}));
  // What belongs to an earlier revision came late: nobody wants it.
  post_to(relay, s.row_part(1, 0, {15, 4}, old));
  post_to(relay, s.row_part(2, 1, {11, 4}, old));
  post_to(relay, s.row_part(2, 1, {15, 4}, old));
  s.turns.run();
  REQUIRE(got.size() == 2);
  CHECK(got[1].head.step == 1);
  s.forget_letters();
  post_to(relay, s.row_part(2, 2, {11, 4}, old));
  post_to(relay, s.row_part(2, 2, {11, 4}, old));
  CHECK(s.takes_one_failure({11, 4}));
}

TEST_CASE(
  "who reads through a layer that stands waits for its row of the step") {
  standing_stage s;
  auto group = s.spawn_group(out_layer, out);
  auto head = s.head_of(1, read_layer, s.what.net.range_of(read_layer));
  post_to(group, activation{head, noise(2, 8, 3)});
  s.turns.run();
  CHECK(s.letter_count() == 0);
  post_to(group, s.row_part(1, 1, scales, noise(1, 8, 4)));
  s.turns.run();
  CHECK(s.letter_count() == 0);
  post_to(group, s.row_part(2, 0, scales, noise(1, 8, 4)));
  s.turns.run();
  REQUIRE(s.loss.got->of<activation>().size() == 1);
  s.forget_letters();
  head.layer = out_layer;
  head.range = out;
  post_to(group, gradient{head, {0, 1, {}}, noise(2, 8, 5)});
  s.turns.run();
  // One row goes back, whatever the samples.
  const auto& back = s.relays.at(scales_layer).got->of<gradient>();
  REQUIRE(back.size() == 1);
  CHECK(back[0].values.rows() == 1);
  CHECK(back[0].head.rows == 1);
  CHECK(s.relays.at(read_layer).got->of<gradient>().size() == 1);
  CHECK(s.node.got->of<flow_done>().size() == 1);
}

TEST_CASE("a group that stands sends its row when told, and after an update") {
  standing_stage s;
  auto group = s.spawn_group(scales_layer, {11, 4});
  post_to(group, yield_rows{s.what.run, 7});
  s.turns.run();
  const auto& sent = s.relays.at(scales_layer).got->of<activation>();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].head == s.row_part(7, 0, {11, 4}, noise(1, 8, 1)).head);
  CHECK(sent[0].values == tensor::copy_of(std::vector<float>(4, 1.0f), 1, 4));
  auto head = s.head_of(3, scales_layer, {11, 4}, 1);
  post_to(group, gradient{head, {0, 1, {}}, noise(1, 4, 5)});
  s.turns.run();
  CHECK(s.node.got->of<flow_done>().size() == 1);
  REQUIRE(sent.size() == 2);
  CHECK(sent[1].head.step == 1);
  CHECK(sent[1].head.sequence == 7);
  CHECK(sent[1].values != sent[0].values);
  s.forget_letters();
  // Again, and of a micro-batch that is through.
  post_to(group, gradient{head, {0, 1, {}}, noise(1, 4, 5)});
  CHECK(s.takes_one_failure({11, 4}));
}
