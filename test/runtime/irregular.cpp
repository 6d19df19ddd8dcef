// test: timeout=120
#include <tuple>

#include <doctest/doctest.h>

#include "distributor/distribute.hpp"
#include "runtime/data/edge_file.hpp"
#include "test/runtime/wired_networks.hpp"

using namespace ganglion;

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
