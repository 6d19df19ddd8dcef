// test: timeout=120
#include <cmath>
#include <tuple>

#include <doctest/doctest.h>

#include "distributor/distribute.hpp"
#include "distributor/plan.hpp"
#include "metadata/edge_list.hpp"
#include "metadata/error.hpp"
#include "runtime/session.hpp"
#include "test/runtime/ramps.hpp"

using namespace ganglion;

namespace {

constexpr std::uint64_t wired_inputs = 6;
constexpr std::uint64_t wired_neurons = 40;

/// Some pseudo-random number below `limit`.
std::uint64_t draw(std::uint64_t i, std::uint64_t limit) {
  return (i * 2654435761u >> 7) % limit;
}

/// About four edges into each neuron, with loops; two neurons answer.
network looped() {
  std::vector<edge> edges;
  for (std::uint64_t i = 0; i < wired_neurons * 4; ++i) {
    edge next{draw(i, wired_inputs + wired_neurons),
              wired_inputs + i % wired_neurons};
    if (std::find(edges.begin(), edges.end(), next) == edges.end())
      edges.push_back(next);
  }
  auto net = unwired_network(wired_inputs, wired_neurons, activation_kind::tanh,
                             {{12, 1}, {30, 1}});
  REQUIRE(net);
  auto made = with_edges(*net, edges);
  REQUIRE_MESSAGE(made, (made ? "" : explain(made.error())));
  REQUIRE(made->schedule_of(1).has_loop);
  return *made;
}

/// Each neuron reads the one before; the first reads an input.
network chain() {
  std::vector<edge> edges;
  for (auto i = wired_inputs; i < wired_inputs + wired_neurons; ++i)
    edges.push_back({i == wired_inputs ? 0 : i - 1, i});
  auto net = unwired_network(wired_inputs, wired_neurons, activation_kind::tanh,
                             {{12, 1}, {30, 1}});
  REQUIRE(net);
  auto made = with_edges(*net, edges);
  REQUIRE_MESSAGE(made, (made ? "" : explain(made.error())));
  return *made;
}

session_options wired_options(network net, const std::string& nodes,
                              const std::string& by,
                              std::uint64_t group_size = 0) {
  session_options result;
  result.net = std::move(net);
  result.nodes = nodes;
  result.request = *parse_request(by);
  result.node_options.threads = 2;
  result.group_size = group_size;
  result.owner = "a test";
  return result;
}

std::unique_ptr<session> open_wired(const session_options& options) {
  auto on = session::open(options);
  REQUIRE_MESSAGE(on, (on ? "" : explain(on.error())));
  return std::move(*on);
}

inference fire(session& on, std::uint32_t ticks = 0, bool keep = false) {
  auto answer = on.ask<inference>(
    infer{ramp(5, wired_inputs), {}, keep, ticks});
  REQUIRE_MESSAGE(answer, (answer ? "" : explain(answer.error())));
  return *answer;
}

/// All neurons' values [rows x neurons] after so many ticks, by the definition.
std::vector<std::vector<float>> reference(session& on, std::size_t ticks) {
  auto rows = on.ask<parameters>(get_parameters{{wired_inputs, wired_neurons}});
  REQUIRE(rows);
  const auto& wires = on.net().at(1).wires;
  auto samples = ramp(5, wired_inputs);
  std::vector<std::vector<float>> now(5, std::vector<float>(wired_neurons));
  for (std::size_t t = 0; t < ticks; ++t) {
    auto before = now;
    for (std::size_t r = 0; r < 5; ++r) {
      for (std::uint64_t i = 0; i < wired_neurons; ++i) {
        float sum = 0;
        std::size_t k = 0;
        for (const auto& x :
             edges_into(wires, neuron_range{wired_inputs + i, 1}))
          sum += rows->weights.row(i)[k++]
                 * (x.source < wired_inputs
                      ? samples.row(r)[x.source]
                      : before[r][x.source - wired_inputs]);
        now[r][i] = std::tanh(sum + rows->weights.row(i).back());
      }
    }
  }
  return now;
}

void check_answers(const tensor& got,
                   const std::vector<std::vector<float>>& want) {
  REQUIRE(got.rows() == 5);
  REQUIRE(got.columns() == 2);
  for (std::size_t r = 0; r < 5; ++r) {
    CHECK(got.row(r)[0] == want[r][12 - wired_inputs]);
    CHECK(got.row(r)[1] == want[r][30 - wired_inputs]);
  }
}

std::uint64_t sent_between_nodes(session& on) {
  auto traffic = on.ask<traffic_summary>(get_traffic{});
  REQUIRE(traffic);
  return traffic->between_nodes;
}

} // namespace

TEST_CASE("single neurons compute together, tick by tick, as defined") {
  auto on = open_wired(wired_options(looped(), "inside:3", "count=13,5,rest"));
  CHECK(on->nodes().deployed().groups == wired_neurons);
  for (std::uint32_t ticks : {1, 2, 3, 25})
    check_answers(fire(*on, ticks).outputs, reference(*on, ticks));
  // Unless another number is asked for.
  check_answers(fire(*on).outputs, reference(*on, 10));
}

TEST_CASE("where single neurons live changes no bit of what they answer") {
  auto net = looped();
  auto alone = open_wired(wired_options(net, "inside:1", "layers"));
  auto want = fire(*alone, 17).outputs;
  using way = std::tuple<const char*, const char*, std::uint64_t>;
  for (const auto& x :
       {way{"inside:2", "count=1,rest", 0},
        way{"inside:3", "percentage=50,30,20", 0},
        way{"inside:3", "percentage=50,30,20", 3},
        way{"inside:2", "identifiers=a:6-9+20-45,b:10-19", 100}}) {
    CAPTURE(std::get<1>(x));
    auto on = open_wired(
      wired_options(net, std::get<0>(x), std::get<1>(x), std::get<2>(x)));
    CHECK(fire(*on, 17).outputs == want);
  }
}

TEST_CASE("single neurons that move keep their weights and change no bit") {
  auto on = open_wired(wired_options(looped(), "inside:3", "count=13,5,rest"));
  matrix rows{1, on->net().parameters_per_neuron(1)};
  std::fill_n(rows.data(), rows.size(), 0.375f);
  REQUIRE(
    on->ask<stored>(put_parameters{{{20, 1}, std::move(rows).freeze(), {}}}));
  auto want = fire(*on, 9).outputs;
  auto before = on->ask<weight_digests>(get_digests{});
  for (auto by : {"count=0,20,rest", "identifiers=c:6-19+21-45,a:20",
                  "count=13,5,rest"}) {
    auto where = distribute(on->net(), on->nodes().view(), *parse_request(by));
    REQUIRE(where);
    REQUIRE(on->rearrange(*where, on->training()));
    CHECK(fire(*on, 9).outputs == want);
    auto after = on->ask<weight_digests>(get_digests{});
    REQUIRE((before && after));
    CHECK(after->weights == before->weights);
  }
}

TEST_CASE("kept outputs of single neurons are those of every tick") {
  auto on = open_wired(wired_options(looped(), "inside:2", "count=20,rest"));
  fire(*on, 4, true);
  auto kept = on->ask<kept_outputs>(get_outputs{{wired_inputs, wired_neurons}});
  REQUIRE(kept);
  REQUIRE(kept->values.rows() == 4 * 5);
  for (std::size_t t = 0; t < 4; ++t) {
    auto want = reference(*on, t + 1);
    for (std::size_t r = 0; r < 5; ++r)
      for (std::size_t i = 0; i < wired_neurons; ++i)
        CHECK(kept->values.row(t * 5 + r)[i] == want[r][i]);
  }
  // Whoever is slow has kept them, too, once there is an answer.
  for (std::uint32_t i = 0; i < 60; ++i) {
    fire(*on, 1 + i % 3, true);
    kept = on->ask<kept_outputs>(get_outputs{{wired_inputs, wired_neurons}});
    REQUIRE_MESSAGE(kept, (kept ? "" : explain(kept.error())));
    CHECK(kept->values.rows() == (1 + i % 3) * 5);
  }
  auto many = on->ask<inference>(
    infer{ramp(5, wired_inputs), {}, true, 20'000});
  CHECK(!many);
  many = on->ask<inference>(infer{ramp(256, wired_inputs), {}, true, 10'000});
  CHECK(!many);
}

TEST_CASE("a watched layer of single neurons shows all of its last tick") {
  auto on = open_wired(wired_options(looped(), "inside:2", "count=20,rest"));
  auto answer = on->ask<inference>(
    infer{ramp(5, wired_inputs), {"neurons", "input"}, false, 3});
  REQUIRE(answer);
  auto want = reference(*on, 3);
  check_answers(answer->outputs, want);
  REQUIRE(answer->watched.size() == 2);
  for (std::size_t r = 0; r < 5; ++r)
    for (std::size_t i = 0; i < wired_neurons; ++i)
      CHECK(answer->watched[0].values.row(r)[i] == want[r][i]);
}

TEST_CASE("without loops, a network of single neurons is a feed-forward pass") {
  auto edges = parse_edges("0,2,1\n1,2,-1\n2,3,2\n0,3,0.5\n3,4,1\n2,4,-1\n",
                           "file");
  REQUIRE(edges);
  edge_list_options how;
  how.activation = activation_kind::identity;
  auto made = wire(*edges, how, "file");
  REQUIRE(made);
  auto on = open_wired(wired_options(made->net, "inside:2", "count=1,rest"));
  matrix rows{3, 3};
  for (std::size_t i = 0, k = 0; i < 9; ++i)
    rows.data()[i] = i % 3 == 2 ? 0.25f : *made->edges[k++].weight;
  REQUIRE(
    on->ask<stored>(put_parameters{{{2, 3}, std::move(rows).freeze(), {}}}));
  std::vector<float> sample{3, 1};
  auto answer = on->ask<inference>(
    infer{tensor::copy_of(sample, 1, 2), {}, false, 0});
  REQUIRE(answer);
  // 2: 3 - 1 + 0.25; 3: 2 * 2.25 + 1.5 + 0.25; 4: 6.25 - 2.25 + 0.25.
  CHECK(answer->outputs.row(0)[0] == 4.25f);
}

TEST_CASE("single neurons may stand between layers that are wired as a whole") {
  auto layers = std::vector<layer>{
    {.name = "in", .kind = layer_kind::input, .neurons = 6, .inputs = {}},
    {.name = "before", .neurons = 20, .block_size = 4, .inputs = {0}},
    {.name = "reservoir",
     .kind = layer_kind::sparse,
     .activation = activation_kind::tanh,
     .neurons = 30,
     .inputs = {1, 2},
     .wires = {}},
    {.name = "after", .neurons = 3, .block_size = 1, .inputs = {2}}};
  for (std::uint64_t i = 0; i < 30; ++i) {
    layers[2].wires.edges.push_back({6 + i % 20, 26 + i});
    layers[2].wires.edges.push_back({26 + (i * 7 + 3) % 30, 26 + i});
  }
  auto net = network::make(layers);
  REQUIRE_MESSAGE(net, (net ? "" : explain(net.error())));
  auto alone = open_wired(wired_options(*net, "inside:1", "layers"));
  auto apart = open_wired(
    wired_options(*net, "inside:3", "percentage=40,30,30"));
  auto a = fire(*alone, 7).outputs;
  CHECK(fire(*apart, 7).outputs == a);
  CHECK(fire(*apart, 8).outputs != a);
}

TEST_CASE("a network of single neurons is replaced where it lives") {
  auto net = looped();
  auto on = open_wired(wired_options(net, "inside:2", "count=20,rest"));
  auto first = fire(*on, 5).outputs;
  auto gone = net.at(1).wires.edges.front();
  auto fewer = without_edges(net, {gone});
  REQUIRE(fewer);
  REQUIRE(!on->replace(*fewer));
  CHECK(fire(*on, 5).outputs != first);
  check_answers(fire(*on, 5).outputs, reference(*on, 5));
  REQUIRE(!on->replace(net));
  CHECK(fire(*on, 5).outputs == first);
}

TEST_CASE("a network of single neurons is not trained, and says why") {
  auto on = open_wired(wired_options(looped(), "inside:2", "count=20,rest"));
  auto done = on->ask<step_report>(
    train_step{ramp(5, wired_inputs), classes(5, 2)});
  REQUIRE(!done);
  CHECK(explain(done.error())
        == "layer 'neurons' is wired neuron by neuron and cannot be trained: "
           "set its weights, or load them, and infer");
  fire(*on);
}

TEST_CASE("the bytes of ticks at the sockets are those of the plan") {
  for (const auto& net : {looped(), chain()}) {
    for (std::uint64_t group_size : {0, 3}) {
      auto on = open_wired(
        wired_options(net, "inside:3", "count=13,5,rest", group_size));
      plan_options options;
      options.batch = 5;
      options.group_size = group_size;
      options.ticks = 50;
      auto costs = make_plan(on->net(), on->nodes().view(), on->where(),
                             options);
      REQUIRE(costs);
      auto before = sent_between_nodes(*on);
      for (int i = 0; i < 10; ++i)
        fire(*on, 50);
      auto ratio = static_cast<double>(sent_between_nodes(*on) - before)
                   / static_cast<double>(10 * inference_bytes(*costs, 5));
      CAPTURE(ratio);
      CHECK(ratio > 0.95);
      CHECK(ratio < 1.05);
    }
  }
}

TEST_CASE(
  "a node gets of a tick what is read there, and answers are the same") {
  for (std::uint64_t group_size : {0, 3}) {
    auto on = open_wired(
      wired_options(chain(), "inside:3", "count=13,5,rest", group_size));
    check_answers(fire(*on, 50).outputs, reference(*on, 50));
  }
}

TEST_CASE("layers that feed each other in a circle are refused") {
  auto net = network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 2, .inputs = {}},
     {.name = "a", .neurons = 2, .inputs = {0, 2}},
     {.name = "b", .neurons = 2, .inputs = {1}},
     {.name = "out", .neurons = 2, .inputs = {2}}});
  REQUIRE(net);
  auto on = session::open(wired_options(*net, "inside:1", "layers"));
  REQUIRE(!on);
  CHECK(on.error() == errc::bad_network);
}
