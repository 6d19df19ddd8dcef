#include <doctest/doctest.h>

#include "actors/kernel/functions/functions.hpp"
#include "actors/kernel/layer_math.hpp"
#include "actors/kernel/philox.hpp"

using namespace ganglion;

namespace {

float signal(std::uint32_t i, std::uint32_t salt) {
  return 2 * unit_float(philox({i, salt, 0, 0}, key_of(5))[0]) - 1;
}

tensor signal(std::size_t rows, std::size_t columns, std::uint32_t salt) {
  matrix result{rows, columns};
  for (std::size_t i = 0; i < result.size(); ++i)
    result.data()[i] = signal(static_cast<std::uint32_t>(i), salt);
  return std::move(result).freeze();
}

/// Two input layers, 0 to 4 and 5 to 7, and 9 neurons, 8 to 16, which read
/// these and each other; the last one reads nothing.
network some_network() {
  std::vector<edge> edges;
  for (neuron_id target = 8; target < 16; ++target)
    for (neuron_id source = 0; source < 17; ++source)
      if (signal(static_cast<std::uint32_t>(source * 17 + target), 1) > 0)
        edges.push_back({source, target});
  auto made = network::make(
    {{.name = "left", .kind = layer_kind::input, .neurons = 5, .inputs = {}},
     {.name = "right", .kind = layer_kind::input, .neurons = 3, .inputs = {}},
     {.name = "neurons",
      .kind = layer_kind::sparse,
      .activation = activation_kind::tanh,
      .neurons = 9,
      .inputs = {1, 2, 0},
      .wires = {edges, {}}}});
  REQUIRE(made);
  return *made;
}

std::unique_ptr<layer_math> math_for(const network& net, neuron_range range) {
  return make_layer_math(
    std::make_shared<model_definition>(model_definition{net, {}}), 2, range);
}

} // namespace

TEST_CASE("a sparse layer adds what its edges say, by source, then the bias") {
  auto net = some_network();
  auto all = net.range_of(2);
  auto math = math_for(net, all);
  auto rows = signal(9, net.parameters_per_neuron(2), 7);
  math->block().set_parameters(all, rows);
  std::vector<tensor> inputs{signal(4, 3, 2), signal(4, 9, 3), signal(4, 5, 4)};
  auto value_of = [&](std::size_t row, neuron_id source) {
    if (source < 5)
      return inputs[2].row(row)[source];
    return source < 8 ? inputs[0].row(row)[source - 5]
                      : inputs[1].row(row)[source - 8];
  };
  auto got = math->forward(inputs).outputs;
  REQUIRE(got.rows() == 4);
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t i = 0; i < 9; ++i) {
      auto edges = edges_into(net.at(2).wires, neuron_range{8 + i, 1});
      float sum = 0;
      for (std::size_t k = 0; k < edges.size(); ++k) {
        CHECK((k == 0 || edges[k - 1].source < edges[k].source));
        sum += rows.row(i)[k] * value_of(r, edges[k].source);
      }
      CHECK(got.row(r)[i]
            == apply(lane_function::tanh, sum + rows.row(i).back()));
    }
  }
}

TEST_CASE("before the first tick, what neurons of the layer answered is zero") {
  auto net = some_network();
  auto all = net.range_of(2);
  auto math = math_for(net, all);
  matrix zeros{4, 9};
  std::fill_n(zeros.data(), zeros.size(), 0.0f);
  auto a = math->forward({signal(4, 3, 2), {}, signal(4, 5, 4)});
  auto b = math->forward(
    {signal(4, 3, 2), std::move(zeros).freeze(), signal(4, 5, 4)});
  CHECK(a.outputs == b.outputs);
}

TEST_CASE("a neuron of a sparse layer computes by itself what it does in one") {
  auto net = some_network();
  auto all = net.range_of(2);
  std::vector<tensor> inputs{signal(4, 3, 2), signal(4, 9, 3), signal(4, 5, 4)};
  auto whole = math_for(net, all)->forward(inputs).outputs;
  for (std::uint64_t i = 0; i < 9; ++i) {
    auto one = math_for(net, {all.first + i, 1});
    CHECK(one->forward(inputs).outputs == whole.columns(i, 1));
  }
}

TEST_CASE("rows of parameters are as long as the longest, filled with zeros") {
  auto net = some_network();
  auto all = net.range_of(2);
  auto math = math_for(net, all);
  auto rows = signal(9, net.parameters_per_neuron(2), 7);
  math->block().set_parameters(all, rows);
  auto kept = math->block().parameters(all);
  std::uint64_t weights = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    auto count = edges_into(net.at(2).wires, neuron_range{8 + i, 1}).size();
    weights += count + 1;
    for (std::size_t k = 0; k + 1 < kept.columns(); ++k)
      CHECK(kept.row(i)[k] == (k < count ? rows.row(i)[k] : 0));
    CHECK(kept.row(i).back() == rows.row(i).back());
  }
  CHECK(weights == net.parameters_of(2, all));
}
