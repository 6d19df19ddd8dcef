// test: timeout=120
#include "runtime/engine/engine.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "distributor/request.hpp"
#include "metadata/error.hpp"
#include "metadata/values/sha256.hpp"
#include "runtime/hosting/session.hpp"
#include "test/runtime/ramps.hpp"

using namespace ganglion;

namespace {

session_options options_for(network net, const std::string& nodes,
                            const std::string& by) {
  session_options result;
  result.net = std::move(net);
  result.nodes = nodes;
  result.request = *parse_request(by);
  result.node_options.threads = 1;
  result.owner = "a test";
  return result;
}

/// Two input layers, a branch that skips, layers with two inputs.
network branched() {
  return *network::make({
    {.name = "left", .kind = layer_kind::input, .neurons = 5},
    {.name = "right", .kind = layer_kind::input, .neurons = 3},
    {.name = "first",
     .activation = activation_kind::tanh,
     .neurons = 40,
     .inputs = {0, 1}},
    {.name = "second",
     .activation = activation_kind::gelu,
     .neurons = 36,
     .inputs = {2}},
    {.name = "third",
     .activation = activation_kind::sigmoid,
     .neurons = 33,
     .inputs = {2, 3}},
    {.name = "out", .neurons = 4, .inputs = {3, 4, 2}},
  });
}

std::string hash_after(const session_options& options, int steps) {
  auto on = session::open(options);
  REQUIRE_MESSAGE(on, (on ? "" : explain(on.error())));
  for (int i = 0; i < steps; ++i) {
    auto report = (*on)->ask<step_report>(
      train_step{ramp(30, 8), classes(30, 4)});
    REQUIRE(report);
    CHECK(report->step == static_cast<std::uint64_t>(i + 1));
    CHECK(std::isfinite(report->loss));
  }
  auto digests = (*on)->ask<weight_digests>(get_digests{});
  REQUIRE(digests);
  CHECK(digests->weights.size() == 32 * (40 + 36 + 33 + 4));
  auto all = digests->weights;
  all.insert(all.end(), digests->state.begin(), digests->state.end());
  return to_hex(sha256(std::as_bytes(std::span{all})));
}

} // namespace

TEST_CASE("a graph with branches trains to equal bits wherever it lives") {
  auto single = options_for(branched(), "inside:1", "layers");
  single.micro_batches = 3;
  auto want = hash_after(single, 4);
  for (auto by : {"percentage=50,30,20", "percentage=0,70,30",
                  "layers=a:third,b:first+out,c:second", "count=16,40,rest"}) {
    auto spread = options_for(branched(), "inside:3", by);
    spread.micro_batches = 3;
    CHECK(hash_after(spread, 4) == want);
  }
}

TEST_CASE("an inference names the step whose weights it saw") {
  auto on = session::open(
    options_for(*parse_network("mlp:6-32-3"), "inside:2", "percentage=50,50"));
  REQUIRE(on);
  auto& self = (*on)->self();
  const auto& engine = (*on)->engine();
  auto ask_later = [&](auto message) {
    return request_from(self.ptr(), engine, caf::infinite, std::move(message));
  };
  auto before = ask_later(infer{ramp(3, 6)});
  auto step1 = ask_later(train_step{ramp(20, 6), classes(20, 3)});
  auto step2 = ask_later(train_step{ramp(20, 6), classes(20, 3)});
  auto after = ask_later(infer{ramp(700, 6)});
  auto answer = await<inference>(std::move(before));
  REQUIRE(answer);
  CHECK(answer->step == 0);
  CHECK(answer->outputs.rows() == 3);
  CHECK(await<step_report>(std::move(step1)));
  CHECK(await<step_report>(std::move(step2)));
  auto later = await<inference>(std::move(after));
  REQUIRE(later);
  CHECK(later->step == 2);
  CHECK(later->outputs.rows() == 700);
  CHECK(later->outputs.columns() == 3);
}

TEST_CASE("an inference of many samples equals those of its parts") {
  auto on = session::open(options_for(*parse_network("mlp:6-32-3"), "inside:3",
                                      "percentage=50,30,20"));
  REQUIRE(on);
  auto samples = ramp(10, 6);
  auto all = (*on)->ask<inference>(infer{samples});
  REQUIRE(all);
  for (std::size_t i = 0; i < 10; ++i) {
    auto one = (*on)->ask<inference>(infer{samples.rows(i, 1)});
    REQUIRE(one);
    CHECK(one->outputs == all->outputs.rows(i, 1));
  }
}

TEST_CASE("requests that make no sense are refused, and the run goes on") {
  auto on = session::open(
    options_for(*parse_network("mlp:6-32-3"), "inside:2", "percentage=50,50"));
  REQUIRE(on);
  auto error = [](const auto& x) {
    return x ? std::string{} : explain(x.error());
  };
  auto wide = (*on)->ask<inference>(infer{ramp(3, 7)});
  CHECK(error(wide)
        == "samples [3 x 7] for a network that takes 6 values per sample");
  auto few = (*on)->ask<step_report>(train_step{ramp(20, 6), classes(19, 3)});
  CHECK(error(few) == "20 samples, but targets for 19");
  auto nobody = (*on)->ask<parameters>(get_parameters{{2, 1}});
  CHECK(error(nobody) == "2 are not neurons with weights of one layer");
  auto wrong = (*on)->ask<stored>(put_parameters{{{6, 2}, ramp(3, 7), {}}});
  CHECK(error(wrong)
        == "parameters for neurons 6-7 with another number of rows than "
           "neurons");
  auto twice = (*on)->ask<cluster_view>(connect{{"127.0.0.1:1"}});
  CHECK(error(twice) == "a network is deployed: send stop first");
  CHECK((*on)->ask<step_report>(train_step{ramp(20, 6), classes(20, 3)}));
}

TEST_CASE("targets that do not fit end their step alone") {
  auto on = session::open(
    options_for(*parse_network("mlp:6-32-3"), "inside:2", "percentage=50,50"));
  REQUIRE(on);
  auto before = (*on)->ask<step_report>(
    train_step{ramp(20, 6), classes(20, 3)});
  REQUIRE(before);
  auto minus = tensor::copy_of(std::vector<float>(20, -1), 20, 1);
  auto half = tensor::copy_of(std::vector<float>(20, 0.5f), 20, 1);
  for (const auto& wanted : {classes(20, 9), minus, half, ramp(20, 3)}) {
    auto report = (*on)->ask<step_report>(train_step{ramp(20, 6), wanted});
    REQUIRE(!report);
    CHECK(report.error() == errc::bad_data);
    auto next = (*on)->ask<inference>(infer{ramp(3, 6)});
    REQUIRE(next);
    CHECK(next->step == 1);
  }
  CHECK((*on)->ask<step_report>(train_step{ramp(20, 6), classes(20, 3)}));
  CHECK((*on)->ask<traffic_summary>(stop{}));
}

TEST_CASE("a network tells which of its weights are not finite, and where") {
  auto on = session::open(
    options_for(*parse_network("mlp:6-32-3"), "inside:2", "percentage=50,50"));
  REQUIRE(on);
  auto odd = (*on)->ask<not_finite_neurons>(get_not_finite{});
  REQUIRE(odd);
  CHECK(odd->parts.empty());
  auto values = (*on)->ask<parameters>(get_parameters{{7, 3}});
  REQUIRE(values);
  auto rows = values->weights.to_vector();
  rows[0] = std::numeric_limits<float>::quiet_NaN();
  rows[values->weights.columns()] = -std::numeric_limits<float>::infinity();
  values->weights = tensor::copy_of(rows, 3, values->weights.columns());
  REQUIRE((*on)->ask<stored>(put_parameters{*values}));
  odd = (*on)->ask<not_finite_neurons>(get_not_finite{});
  REQUIRE(odd);
  REQUIRE(odd->parts.size() == 1);
  CHECK(odd->parts[0].neurons == neuron_range{7, 2});
  CHECK(odd->parts[0].layer == "hidden1");
  CHECK(odd->parts[0].node == "a");
}

TEST_CASE("parameters go out and come back as they were") {
  auto on = session::open(options_for(*parse_network("mlp:6-100-3"), "inside:3",
                                      "percentage=40,40,20"));
  REQUIRE(on);
  REQUIRE((*on)->ask<step_report>(train_step{ramp(20, 6), classes(20, 3)}));
  auto values = (*on)->ask<parameters>(get_parameters{{6, 100}});
  REQUIRE(values);
  CHECK(values->weights.rows() == 100);
  CHECK(values->weights.columns() == 7);
  CHECK(values->state.size() == 2);
  auto before = (*on)->ask<weight_digests>(get_digests{});
  REQUIRE(before);
  REQUIRE((*on)->ask<step_report>(train_step{ramp(20, 6), classes(20, 3)}));
  auto changed = (*on)->ask<weight_digests>(get_digests{});
  REQUIRE(changed);
  CHECK(changed->weights != before->weights);
  REQUIRE((*on)->ask<stored>(put_parameters{*values}));
  auto after = (*on)->ask<weight_digests>(get_digests{});
  REQUIRE(after);
  auto hidden = [](const weight_digests& x) {
    return std::vector(x.weights.begin(), x.weights.begin() + 3200);
  };
  CHECK(hidden(*after) == hidden(*before));
}

TEST_CASE("weights alone start the optimizer's state anew") {
  auto on = session::open(
    options_for(*parse_network("mlp:6-100-3"), "inside:2", "percentage=50,50"));
  REQUIRE(on);
  REQUIRE((*on)->ask<step_report>(train_step{ramp(20, 6), classes(20, 3)}));
  auto range = neuron_range{6, 100};
  auto weights = (*on)->ask<parameters>(get_parameters{range})->weights;
  REQUIRE((*on)->ask<stored>(put_parameters{{range, weights, {}}}));
  auto now = (*on)->ask<parameters>(get_parameters{range});
  REQUIRE(now);
  CHECK(now->weights == weights);
  REQUIRE(now->state.size() == 2);
  for (const auto& array : now->state)
    CHECK(array.to_vector() == std::vector<float>(array.size()));
}

TEST_CASE("an engine without a network says so to every request") {
  own_system system{1};
  caf::scoped_actor self{system.get()};
  auto engine = spawn_engine(system.get(), "a test");
  auto refused = [](const auto& x) {
    return !x && explain(x.error()).find("deploy_network") != std::string::npos;
  };
  CHECK(refused(ask<step_report>(self, engine, train_step{})));
  CHECK(refused(ask<inference>(self, engine, infer{})));
  CHECK(refused(ask<weight_digests>(self, engine, get_digests{})));
  CHECK(refused(ask<parameters>(self, engine, get_parameters{})));
  CHECK(refused(ask<traffic_summary>(self, engine, stop{})));
  auto early = ask<deployment_info>(self, engine, deploy_network{});
  REQUIRE(!early);
  CHECK(explain(early.error()) == "no nodes: send connect first");
  self->send_exit(engine, caf::exit_reason::user_shutdown);
}

TEST_CASE("stopping frees the nodes and cancels what waits") {
  auto on = session::open(
    options_for(*parse_network("mlp:6-32-3"), "inside:2", "percentage=50,50"));
  REQUIRE(on);
  auto waiting = request_from((*on)->self().ptr(), (*on)->engine(),
                              caf::infinite,
                              train_step{ramp(2000, 6), classes(2000, 3)});
  auto bytes = (*on)->ask<traffic_summary>(stop{});
  REQUIRE(bytes);
  auto report = await<step_report>(std::move(waiting));
  CHECK((report || report.error() == errc::cancelled));
  auto later = (*on)->ask<inference>(infer{ramp(1, 6)});
  REQUIRE(!later);
  CHECK(explain(later.error()).find("deploy_network") != std::string::npos);
  auto again = (*on)->ask<deployment_info>(
    deploy_network{(*on)->net(), (*on)->where(), {}, 0, 2, "a test, again"});
  REQUIRE(again);
  auto first = (*on)->ask<step_report>(train_step{ramp(20, 6), classes(20, 3)});
  REQUIRE(first);
  CHECK(first->step == 1);
}
