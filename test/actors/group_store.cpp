// What a group is asked of its parameters, and told of its updates.
#include <array>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "actors/group.hpp"
#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "test/actors/group_stage.hpp"

using namespace ganglion;

namespace {

/// Whether a request is refused because of what it asks about.
template <class Answer, class Request>
bool is_refused(group_stage& s, Request x, neuron_range about) {
  auto got = s.turns.ask<Answer>(s.group, std::move(x));
  return !got && got.error() == errc::not_found
         && details_of(got.error()).ranges == std::vector{about};
}

/// One of each request about parameters.
bool all_are_refused(group_stage& s, std::uint64_t run, std::uint64_t step,
                     neuron_range range) {
  return is_refused<parameter_slice>(s, fetch{run, step, range}, range)
         && is_refused<digests>(s, fetch_digests{run, step, range}, range)
         && is_refused<not_finite>(s, fetch_not_finite{run, step, range},
                                   range);
}

parameter_slice zeros_for(const group_stage& s, std::uint64_t run,
                          neuron_range range) {
  std::vector<float> values(range.count
                            * s.what.net.parameters_per_neuron(middle_layer));
  return {run,
          3,
          range,
          tensor::copy_of(values, range.count, values.size() / range.count),
          {}};
}

/// A group that waits for how much its gradients are to be shortened.
struct clipped_group : group_stage {
  clipped_group() : group_stage(1) {
    do_all(micro_batch(1));
    REQUIRE(node.got->of<group_squares>().size() == 1);
    REQUIRE(node.got->of<flow_done>().empty());
    forget_letters();
  }

  std::size_t updates_after(std::uint64_t run, std::uint64_t step) {
    post_to(group, apply_update{run, step, 0.5f});
    turns.run();
    return node.got->of<flow_done>().size();
  }
};

} // namespace

TEST_CASE("questions of another run, step or neuron are refused") {
  group_stage s;
  auto run = s.what.run;
  CHECK(all_are_refused(s, run - 1, 0, middle));
  CHECK(all_are_refused(s, run, 1, middle));
  CHECK(all_are_refused(s, run, 0, {10, 2}));
  CHECK(all_are_refused(s, run, 0, {11, 9}));
  CHECK(all_are_refused(s, run, 0, {12, 0}));
  for (auto other : {run - 1, run}) // there was no inference that keeps any
    CHECK(is_refused<output_slice>(s, fetch_outputs{other, 0, middle}, middle));
  CHECK(s.turns.ask<parameter_slice>(s.group, fetch{run, 0, {12, 2}}));
  CHECK(s.letter_count() == 0);
}

TEST_CASE("parameters of another run are not stored") {
  group_stage s;
  auto run = s.what.run;
  auto before = s.weights(0);
  CHECK(is_refused<stored>(s, store{zeros_for(s, run - 1, middle)}, middle));
  CHECK(is_refused<stored>(s, store{zeros_for(s, run, {17, 3})}, {17, 3}));
  CHECK(s.weights(0) == before);
  CHECK(s.turns.ask<stored>(s.group, store{zeros_for(s, run, {12, 2})}));
  CHECK(!(s.weights(3) == before));
}

TEST_CASE("an update is made once, when this run's engine says so") {
  clipped_group s;
  auto run = s.what.run;
  CHECK(s.updates_after(run - 1, 0) == 0);
  CHECK(s.updates_after(run, 1) == 0);
  CHECK(s.updates_after(run, 0) == 1);
  auto once = s.weights(1);
  CHECK(s.updates_after(run, 0) == 1);
  CHECK(s.updates_after(run, 1) == 1);
  CHECK(s.weights(1) == once);
}

TEST_CASE("what comes for the next step waits for a clipped update, too") {
  clipped_group s;
  s.give_inputs(s.micro_batch(2, 1));
  s.turns.run();
  CHECK(s.letter_count() == 0);
  CHECK(s.updates_after(s.what.run, 0) == 1);
  CHECK(s.outputs_of_group().size() == 1);
}

TEST_CASE("another run moves no step and keeps no weights") {
  group_stage s;
  auto run = s.what.run;
  post_to(s.group, change_step{run - 1, 5});
  post_to(s.group, keep_step{run - 1, 5});
  s.turns.run();
  CHECK(s.letter_count() == 0);
  auto weights = s.weights(0);
  post_to(s.group, change_step{run, 5});
  post_to(s.group, keep_step{run, 5});
  s.turns.run();
  REQUIRE(s.storage.got->of<snapshot>().size() == 1);
  const auto& kept = s.storage.got->of<snapshot>().front();
  CHECK(kept.step == 5);
  CHECK(kept.weights == weights);
  CHECK(s.weights(5) == weights);
}

TEST_CASE("a step that is kept is the one after its own update") {
  group_stage s;
  for (std::uint32_t i = 0; i < 3; ++i) {
    auto head = s.part(i);
    head.keep = true;
    s.do_all(head);
    CHECK(s.storage.got->of<snapshot>().size() == (i == 2 ? 1 : 0));
  }
  s.do_all(s.micro_batch(4, 1));
  REQUIRE(s.storage.got->of<snapshot>().size() == 1);
  const auto& kept = s.storage.got->of<snapshot>().front();
  CHECK(kept.step == 1);
  CHECK(kept.range == middle);
  group_stage other;
  for (std::uint32_t i = 0; i < 3; ++i)
    other.do_all(other.part(i));
  CHECK(kept.weights == other.weights(1));
}
