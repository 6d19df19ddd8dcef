// test: timeout=120
// Networks with layers that read some of their inputs alone: the same bits
// wherever they live, and the bytes of the plan.
#include <doctest/doctest.h>

#include "distributor/distribute.hpp"
#include "distributor/plan.hpp"
#include "distributor/request.hpp"
#include "metadata/error.hpp"
#include "runtime/hosting/session.hpp"
#include "test/runtime/ramps.hpp"

using namespace ganglion;

namespace {

/// Dropout and pooling, in two places.
network narrowing() {
  auto net = parse_network("mlp:6-32-drop0.25-pool2-norm-drop0.1-3:tanh", 4);
  REQUIRE(net);
  return *net;
}

layer dense_layer(std::string name, std::uint64_t neurons,
                  std::vector<layer_id> inputs) {
  return {.name = std::move(name),
          .activation = activation_kind::tanh,
          .neurons = neurons,
          .block_size = 4,
          .inputs = std::move(inputs)};
}

layer adding_layer(std::string name, std::vector<layer_id> inputs) {
  auto result = dense_layer(std::move(name), 16, std::move(inputs));
  result.kind = layer_kind::residual;
  result.activation = activation_kind::identity;
  return result;
}

/// A row that passes by three layers, which others read as a whole or pool.
network passing() {
  auto pool = layer{.name = "pool",
                    .kind = layer_kind::pool,
                    .neurons = 8,
                    .block_size = 4,
                    .inputs = {5},
                    .settings = {2}};
  auto net = network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 6, .inputs = {}},
     dense_layer("row", 16, {0}),
     dense_layer("first", 12, {1}),
     adding_layer("added", {2, 1}),
     dense_layer("second", 12, {3}),
     adding_layer("more", {4, 3}),
     pool,
     {.name = "out", .neurons = 3, .inputs = {6, 5}}});
  REQUIRE_MESSAGE(net, (net ? "" : explain(net.error())));
  return *net;
}

/// Twenty neurons in a ring, of which five others read some, and five more
/// none.
network half_read() {
  std::vector<edge> ring;
  for (neuron_id i = 0; i < 20; ++i) {
    ring.push_back({i % 6, 6 + i});
    ring.push_back({6 + (i + 19) % 20, 6 + i});
  }
  std::vector<edge> some;
  for (neuron_id i = 0; i < 10; ++i)
    some.push_back({i < 5 ? 6 + 2 * i : i - 5, 26 + i});
  auto sparse = [](std::string name, std::uint64_t neurons,
                   std::vector<edge> edges) {
    return layer{.name = std::move(name),
                 .kind = layer_kind::sparse,
                 .activation = activation_kind::tanh,
                 .neurons = neurons,
                 .inputs = {0, 1},
                 .wires = {std::move(edges), {}, {}}};
  };
  auto net = network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 6, .inputs = {}},
     sparse("ring", 20, ring),
     sparse("some", 10, some)});
  REQUIRE_MESSAGE(net, (net ? "" : explain(net.error())));
  return *net;
}

/// Percentages are of each layer.
partition_request request_for(const std::string& by) {
  auto layers = by.starts_with("percentage") ? "layer" : "";
  auto result = parse_request(by, false, layers);
  REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
  return *result;
}

session_options narrow_options(const network& net, const std::string& nodes,
                               const std::string& by,
                               std::uint64_t group_size = 0) {
  session_options result;
  result.net = net;
  result.nodes = nodes;
  result.request = request_for(by);
  result.node_options.threads = 2;
  result.group_size = group_size;
  result.micro_batches = 2;
  result.training.optimizer.learning_rate = 0.05f;
  result.owner = "a test";
  return result;
}

std::unique_ptr<session> open_narrow(const session_options& options) {
  auto on = session::open(options);
  REQUIRE_MESSAGE(on, (on ? "" : explain(on.error())));
  return std::move(*on);
}

void train_narrow(session& on, int steps) {
  for (int i = 0; i < steps; ++i) {
    auto done = on.ask<step_report>(train_step{ramp(30, 6), classes(30, 3)});
    REQUIRE_MESSAGE(done, (done ? "" : explain(done.error())));
  }
}

/// Everything that is to be the same.
void check_equal(session& a, session& b) {
  auto left = a.ask<weight_digests>(get_digests{});
  auto right = b.ask<weight_digests>(get_digests{});
  REQUIRE((left && right));
  CHECK(left->step == right->step);
  CHECK(left->weights == right->weights);
  CHECK(left->state == right->state);
  auto x = a.ask<inference>(infer{ramp(5, 6)});
  auto y = b.ask<inference>(infer{ramp(5, 6)});
  REQUIRE((x && y));
  CHECK(x->outputs == y->outputs);
}

void move_narrow(session& on, const std::string& by) {
  auto where = distribute(on.net(), on.nodes().view(), request_for(by));
  REQUIRE(where);
  auto done = on.rearrange(*where, on.training());
  REQUIRE_MESSAGE(done, (done ? "" : explain(done.error())));
}

std::uint64_t bytes_between(session& on) {
  auto traffic = on.ask<traffic_summary>(get_traffic{});
  REQUIRE(traffic);
  return traffic->between_nodes;
}

} // namespace

TEST_CASE("what nodes leave unread changes no bit, wherever neurons live") {
  for (const auto& net : {narrowing(), passing()}) {
    auto one = open_narrow(narrow_options(net, "inside:1", "layers"));
    train_narrow(*one, 4);
    for (const auto* by : {"percentage=50,50,0", "percentage=50,30,20"})
      for (std::uint64_t group_size : {0, 4}) {
        CAPTURE(by);
        auto on = open_narrow(narrow_options(net, "inside:3", by, group_size));
        train_narrow(*on, 4);
        check_equal(*one, *on);
      }
  }
}

TEST_CASE("what is read where follows the neurons that move") {
  for (const auto& net : {narrowing(), passing()}) {
    auto still = open_narrow(narrow_options(net, "inside:1", "layers"));
    train_narrow(*still, 8);
    auto moving = open_narrow(
      narrow_options(net, "inside:3", "percentage=50,50,0"));
    train_narrow(*moving, 2);
    move_narrow(*moving, "percentage=0,50,50");
    train_narrow(*moving, 2);
    move_narrow(*moving, "percentage=20,30,50");
    train_narrow(*moving, 2);
    move_narrow(*moving, "round-robin");
    train_narrow(*moving, 2);
    check_equal(*still, *moving);
  }
}

TEST_CASE("the bytes at the sockets are those of what is read") {
  for (const auto& net : {narrowing(), passing()}) {
    for (std::uint64_t group_size : {0, 4}) {
      auto on = open_narrow(
        narrow_options(net, "inside:3", "percentage=50,30,20", group_size));
      plan_options options;
      options.batch = 30;
      options.micro_batches = 2;
      options.group_size = group_size;
      auto costs = make_plan(on->net(), on->nodes().view(), on->where(),
                             options);
      REQUIRE(costs);
      auto before = bytes_between(*on);
      train_narrow(*on, 10);
      auto ratio = static_cast<double>(bytes_between(*on) - before)
                   / static_cast<double>(10 * training_bytes(*costs, 30));
      CAPTURE(ratio);
      CHECK(ratio > 0.95);
      CHECK(ratio < 1.05);
    }
  }
}

TEST_CASE(
  "wired neurons of which a node reads none let it answer all the same") {
  auto answers_of = [](session& on) {
    auto x = on.ask<inference>(infer{ramp(5, 6)});
    REQUIRE_MESSAGE(x, (x ? "" : explain(x.error())));
    return x->outputs;
  };
  auto one = open_narrow(narrow_options(half_read(), "inside:1", "layers"));
  auto want = answers_of(*one);
  for (const auto* by : {"percentage=50,50,0", "percentage=50,30,20"}) {
    auto on = open_narrow(narrow_options(half_read(), "inside:3", by));
    plan_options options;
    options.batch = 5;
    auto costs = make_plan(on->net(), on->nodes().view(), on->where(), options);
    REQUIRE(costs);
    auto before = bytes_between(*on);
    for (int i = 0; i < 10; ++i)
      CHECK(answers_of(*on) == want);
    auto ratio = static_cast<double>(bytes_between(*on) - before)
                 / static_cast<double>(10 * inference_bytes(*costs, 5));
    CAPTURE(ratio);
    CHECK(ratio > 0.95);
    CHECK(ratio < 1.05);
  }
}
