// A group on a stage of its own (stage.hpp): neurons 11-18, which read layers
// "left" and "right" and are read by two blocks on two nodes. Gives it its
// messages, which are the same for a micro-batch in all tests.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "actors/group.hpp"
#include "metadata/caf_compat.hpp"
#include "test/actors/stage.hpp"
#include "test/kernel/noise.hpp"

namespace ganglion {

constexpr layer_id left_layer = 1;
constexpr layer_id right_layer = 2;
constexpr layer_id middle_layer = 3;
constexpr neuron_range middle{11, 8};

inline deploy group_deployment(float clip_norm) {
  auto dense = [](std::string name, std::uint64_t neurons,
                  std::vector<layer_id> inputs) {
    return layer{.name = std::move(name),
                 .activation = activation_kind::tanh,
                 .neurons = neurons,
                 .block_size = 4,
                 .inputs = std::move(inputs)};
  };
  auto result = deployment(
    network::make(
      {{.name = "in", .kind = layer_kind::input, .neurons = 3, .inputs = {}},
       dense("left", 4, {0}),
       dense("right", 4, {0}),
       dense("middle", 8, {left_layer, right_layer}),
       dense("out", 8, {middle_layer})}),
    {{{3, 20}, 0}, {{23, 4}, 1}}, 8);
  result.training.optimizer.clip_norm = clip_norm;
  return result;
}

class group_stage : public stage {
public:
  explicit group_stage(float clip_norm = 0)
    : stage(group_deployment(clip_norm)) {
    auto place = std::find_if(held.begin(), held.end(), [](const auto& x) {
      return x.layer == middle_layer;
    });
    REQUIRE((place != held.end() && place->range == middle));
    group = turns.spawn<group_actor>(group_config{around(nullptr), middle, 0});
    groups[static_cast<std::size_t>(place - held.begin())].actor = group;
    post_to(group, surround{around(make_routes()), 0});
    turns.run();
    REQUIRE(node.got->of<group_ready>().size() == 1);
    forget_letters();
  }

  [[nodiscard]] surroundings_ptr around(registry_ptr routes) const {
    return std::make_shared<const group_surroundings>(group_surroundings{
      context,
      middle_layer,
      {relays.at(left_layer).actor, relays.at(right_layer).actor},
      node.actor,
      storage.actor,
      metrics,
      std::move(routes)});
  }

  /// The only one of its step.
  [[nodiscard]] header micro_batch(std::uint64_t sequence,
                                   std::uint64_t step = 0) const {
    auto result = head_of(sequence, 0, {});
    result.step = step;
    return result;
  }

  /// One of the three of the first step.
  [[nodiscard]] header part(std::uint32_t index) const {
    auto result = micro_batch(index + 1);
    result.micro_batch = index;
    result.micro_batches = 3;
    result.batch = 6;
    return result;
  }

  void give_input(header head, layer_id source) {
    head.layer = source;
    if (source < what.net.layers().size())
      head.range = what.net.range_of(source);
    auto salt = static_cast<std::uint32_t>(10 * head.sequence + source);
    post_to(group, activation{head, noise(head.rows, head.range.count, salt)});
  }

  void give_inputs(const header& head) {
    give_input(head, left_layer);
    give_input(head, right_layer);
  }

  void give_gradient(header head, const tree_node& at, const tensor& values) {
    head.layer = middle_layer;
    head.range = middle;
    post_to(group, gradient{head, at, values});
  }

  /// What one of the two blocks of readers gives back.
  void give_piece(const header& head, std::uint64_t leaf) {
    auto salt = static_cast<std::uint32_t>(10 * head.sequence + 5 + leaf);
    give_gradient(head, {leaf, leaf + 1, {}}, noise(head.rows, 8, salt));
  }

  void give_pieces(const header& head) {
    for (std::uint64_t i = 0; i < 2; ++i)
      give_piece(head, i);
  }

  /// A micro-batch from end to end.
  void do_all(const header& head) {
    give_inputs(head);
    give_pieces(head);
    turns.run();
  }

  /// What it gave those who read it on this node.
  [[nodiscard]] const std::vector<activation>& outputs_of_group() const {
    return relays.at(middle_layer).got->of<activation>();
  }

  /// Those after so many updates.
  [[nodiscard]] tensor weights(std::uint64_t step) {
    auto got = turns.ask<parameter_slice>(group, fetch{what.run, step, middle});
    REQUIRE(got);
    return got->weights;
  }

  caf::actor group;
};

} // namespace ganglion
