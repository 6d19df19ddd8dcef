// test: timeout=120
// What an engine is shown of the neurons inside a network.
#include <cmath>

#include <doctest/doctest.h>

#include "distributor/request.hpp"
#include "metadata/error.hpp"
#include "runtime/hosting/session.hpp"
#include "test/runtime/ramps.hpp"

using namespace ganglion;

namespace {

std::unique_ptr<session> open(const network& net, const std::string& nodes,
                              const std::string& by, std::uint64_t group_size) {
  session_options options;
  options.net = net;
  options.nodes = nodes;
  options.request = *parse_request(by);
  options.node_options.threads = 1;
  options.group_size = group_size;
  options.owner = "a test";
  auto result = session::open(options);
  REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
  return std::move(*result);
}

inference ask_for(session& on, const tensor& samples,
                  std::vector<std::string> watch) {
  auto result = on.ask<inference>(infer{samples, std::move(watch)});
  REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
  return std::move(*result);
}

/// What neuron `index` of `layer` answers to `inputs`, from its own weights.
double by_hand(session& on, const std::string& layer_name, std::uint64_t index,
               std::span<const float> inputs) {
  auto id = *on.net().find(layer_name);
  neuron_range one{on.net().range_of(id).first + index, 1};
  auto values = on.ask<parameters>(get_parameters{one});
  REQUIRE(values);
  auto weights = values->weights.row(0);
  double sum = weights.back();
  for (std::size_t i = 0; i < inputs.size(); ++i)
    sum += double{weights[i]} * inputs[i];
  return std::tanh(sum);
}

} // namespace

TEST_CASE("watched layers are what their neurons compute, on any node") {
  auto net = *parse_network("mlp:6-40-33-3:tanh", 8);
  auto samples = ramp(300, 6); // more than flow at once
  for (auto by : {"layers", "percentage=30,70"}) {
    auto on = open(net, "inside:2", by, 0);
    auto x = ask_for(*on, samples, {"hidden2", "hidden1"});
    REQUIRE(x.watched.size() == 2);
    CHECK(x.watched[0].layer == "hidden2");
    CHECK(x.watched[1].neurons == on->net().range_of(1));
    const auto& first = x.watched[1].values;
    const auto& second = x.watched[0].values;
    REQUIRE(first.rows() == 300);
    REQUIRE(first.columns() == 40);
    REQUIRE(second.columns() == 33);
    for (std::size_t row : {0, 255, 256, 299})
      for (std::uint64_t neuron : {0, 8, 32}) {
        CHECK(
          first.row(row)[neuron]
          == doctest::Approx(by_hand(*on, "hidden1", neuron, samples.row(row)))
               .epsilon(1e-4));
        CHECK(
          second.row(row)[neuron]
          == doctest::Approx(by_hand(*on, "hidden2", neuron, first.row(row)))
               .epsilon(1e-4));
      }
    // Watching changes nothing.
    CHECK(x.outputs == ask_for(*on, samples, {}).outputs);
  }
}

TEST_CASE("each neuron by itself shows the same as all together") {
  auto net = *parse_network("mlp:6-20-3:tanh", 1);
  auto together = open(net, "inside:1", "layers", 0);
  auto single = open(net, "inside:2", "percentage=50,50", 1);
  CHECK(single->nodes().deployed().groups == 23);
  auto samples = ramp(5, 6);
  auto a = ask_for(*together, samples, {"hidden1"});
  auto b = ask_for(*single, samples, {"hidden1"});
  CHECK(a.watched[0].values == b.watched[0].values);
  CHECK(a.outputs == b.outputs);
}

TEST_CASE("inputs and outputs can be watched like any layer") {
  auto net = *network::make({
    {.name = "left", .kind = layer_kind::input, .neurons = 2},
    {.name = "right", .kind = layer_kind::input, .neurons = 3},
    {.name = "out", .neurons = 4, .inputs = {0, 1}},
  });
  auto on = open(net, "inside:1", "layers", 0);
  auto samples = ramp(3, 5);
  auto x = ask_for(*on, samples, {"right", "out", "left"});
  CHECK(x.watched[0].values == samples.columns(2, 3));
  CHECK(x.watched[1].values == x.outputs);
  CHECK(x.watched[2].values == samples.columns(0, 2));
}

TEST_CASE("a layer that there is not, or named twice, is an error") {
  auto on = open(*parse_network("mlp:6-20-3"), "inside:1", "layers", 0);
  auto unknown = on->ask<inference>(infer{ramp(1, 6), {"hidden7"}});
  REQUIRE(!unknown);
  CHECK(unknown.error() == errc::not_found);
  CHECK(explain(unknown.error()).find("hidden1") != std::string::npos);
  auto twice = on->ask<inference>(infer{ramp(1, 6), {"hidden1", "1"}});
  REQUIRE(!twice);
  CHECK(twice.error() == errc::bad_argument);
}
