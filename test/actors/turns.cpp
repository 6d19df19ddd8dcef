// All actors of a node together, which take turns in many orders.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "actors/group.hpp"
#include "actors/loss_actor.hpp"
#include "actors/relay.hpp"
#include "metadata/caf_compat.hpp"
#include "test/actors/stage.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

constexpr std::uint64_t played_steps = 2;
constexpr std::uint32_t played_parts = 2;

/// Only node and engine are witnesses.
struct company : stage {
  explicit company(float clip_norm) : stage(company_deployment(clip_norm)) {
    for (auto& [source, x] : relays)
      x.actor = turns.spawn<relay_actor>(
        relay_config{context, source, node.actor});
    loss.actor = turns.spawn<loss_actor>(
      loss_config{context, 2, node.actor, metrics});
    for (std::size_t i = 0; i < held.size(); ++i)
      groups[i].actor = turns.spawn<group_actor>(
        group_config{around(held[i].layer, nullptr), held[i].range,
                     static_cast<std::uint32_t>(i)});
    auto routes = make_routes();
    for (auto& [source, x] : relays)
      post_to(x.actor, start{routes});
    post_to(loss.actor, start{routes});
    for (std::size_t i = 0; i < held.size(); ++i)
      post_to(groups[i].actor, surround{around(held[i].layer, routes),
                                        static_cast<std::uint32_t>(i)});
    turns.run();
    forget_letters();
  }

  static deploy company_deployment(float clip_norm) {
    auto result = deployment(parse_network("mlp:3-16-8", 4), {{{3, 24}, 0}}, 4);
    result.training.optimizer.clip_norm = clip_norm;
    return result;
  }

  [[nodiscard]] surroundings_ptr around(layer_id layer,
                                        registry_ptr routes) const {
    group_surroundings result{context,       layer,   {},     node.actor,
                              storage.actor, metrics, nullptr};
    for (auto source : what.net.at(layer).inputs)
      result.relays.push_back(relays.at(source).actor);
    result.routes = std::move(routes);
    return std::make_shared<const group_surroundings>(std::move(result));
  }

  /// All micro-batches of all steps, as the engine sends them.
  void send_training() {
    for (std::uint64_t sequence = 1; sequence <= played_steps * played_parts;
         ++sequence) {
      auto head = head_of(sequence, 0, {0, 3});
      head.step = (sequence - 1) / played_parts;
      head.micro_batch = (sequence - 1) % played_parts;
      head.micro_batches = played_parts;
      head.batch = head.rows * played_parts;
      auto salt = static_cast<std::uint32_t>(sequence);
      post_to(relays.at(0).actor, activation{head, noise(2, 3, salt)});
      post_to(
        loss.actor,
        targets{head,
                tensor::copy_of(
                  std::vector<float>{static_cast<float>(sequence), 0}, 2, 1)});
    }
  }

  /// What the engine does where gradients are clipped: all have told theirs.
  void answer_squares() {
    const auto& told = node.got->of<group_squares>();
    if (told.size() != groups.size() * (answered + 1))
      return;
    for (const auto& x : groups)
      post_to(x.actor, apply_update{what.run, answered, 0.5f});
    ++answered;
  }

  /// Has whoever is drawn take the next turn, until nobody waits.
  void play(std::uint32_t seed) {
    std::mt19937 random{seed};
    while (turns.run_once(random() % std::max<std::size_t>(turns.waiting(), 1)))
      answer_squares();
  }

  /// What there is in the end: weights, losses by micro-batch.
  std::pair<std::vector<tensor>, std::map<std::uint64_t, double>> outcome() {
    std::pair<std::vector<tensor>, std::map<std::uint64_t, double>> result;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      auto got = turns.ask<parameter_slice>(
        groups[i].actor, fetch{what.run, played_steps, held[i].range});
      REQUIRE(got);
      result.first.push_back(got->weights);
    }
    for (const auto& x : engine.got->of<loss_report>())
      result.second[x.head.sequence] = x.loss_sum;
    CHECK(result.second.size() == played_steps * played_parts);
    CHECK(node.got->of<run_failed>().empty());
    CHECK(node.got->of<flow_done>().size()
          == groups.size() * played_steps * played_parts);
    return result;
  }

  std::uint64_t answered = 0;
};

} // namespace

TEST_CASE("a training gives the same bits however its actors take turns") {
  for (auto clip_norm : {0.0f, 1.0f}) {
    company first{clip_norm};
    REQUIRE(first.groups.size() == 6);
    first.send_training();
    first.play(0);
    auto wanted = first.outcome();
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
      CAPTURE(seed);
      company x{clip_norm};
      x.send_training();
      x.play(seed);
      CHECK(x.outcome() == wanted);
    }
  }
}
