// The arithmetic of the kinds that language models are made of: central
// differences, and that rows read in pieces, or by parts of a layer, give the
// bits of rows read at once.
#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include "actors/kernel/layer_math.hpp"
#include "metadata/layers/attention_settings.hpp"
#include "metadata/layers/row_layout.hpp"
#include "metadata/network/blocks.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

constexpr std::size_t width = 6;

tensor language_noise(std::size_t rows, std::size_t columns,
                      std::uint32_t salt) {
  return noise(rows, columns, salt, 17);
}

/// Rows of one sequence from `position` on.
tensor positions_from(std::uint64_t position, std::size_t rows,
                      std::uint32_t conversation) {
  matrix result{rows, layout_columns};
  for (std::size_t i = 0; i < rows; ++i) {
    auto row = result.row(i);
    row[token_column] = static_cast<float>((3 * i + position) % 5);
    row[position_column] = static_cast<float>(position + i);
    row[conversation_column] = static_cast<float>(conversation);
  }
  return std::move(result).freeze();
}

/// Layer 2 reads a dense layer and, where it asks for it, the rows or another
/// dense layer.
network network_with(layer x, const std::vector<layer>& others = {}) {
  std::vector<layer> layers{
    {.name = "text",
     .kind = layer_kind::input,
     .neurons = layout_columns,
     .inputs = {}},
    {.name = "row", .neurons = width, .block_size = 4, .inputs = {0}},
    std::move(x)};
  layers.insert(layers.end(), others.begin(), others.end());
  auto made = network::make(std::move(layers));
  REQUIRE(made);
  return *made;
}

layer attention_layer(std::size_t window = 0, double epsilon = 0,
                      bool biases = true) {
  attention_settings x{.head = 4,
                       .queries = 2,
                       .window = window,
                       .theta = 100,
                       .epsilon = epsilon,
                       .biases = biases};
  return {.name = "attention",
          .kind = layer_kind::attention,
          .neurons = 3,
          .values = 8,
          .inputs = {1, 0},
          .settings = to_settings(x)};
}

std::unique_ptr<layer_math> language_math(const network& net,
                                          neuron_range range) {
  auto result = make_layer_math(
    std::make_shared<model_definition>(model_definition{net, {}}), 2, range);
  // Biases and scales that are drawn tell more than zeros and ones.
  auto all = net.range_of(2);
  auto values = language_noise(all.count, net.parameters_per_neuron(2), 5);
  result->block().set_parameters(
    range, values.rows(range.first - all.first, range.count));
  return result;
}

double weighed_sum(const tensor& outputs, const tensor& by) {
  double result = 0;
  for (std::size_t r = 0; r < by.rows(); ++r)
    result += std::inner_product(outputs.row(r).begin(), outputs.row(r).end(),
                                 by.row(r).begin(), 0.0);
  return result;
}

tensor moved(const tensor& x, std::size_t index, float by) {
  auto values = x.to_vector();
  values[index] += by;
  return tensor::copy_of(values, x.rows(), x.columns());
}

constexpr pass while_training{true, 0, 0};

/// L = sum of outputs times fixed numbers, of a layer and its inputs.
struct trial {
  const network& net;
  std::vector<tensor> inputs;
  neuron_range all = net.range_of(2);
  std::unique_ptr<layer_math> math = language_math(net, all);
  tensor by = language_noise(inputs[0].rows(), net.width_of(2), 2);

  [[nodiscard]] double total(const std::vector<tensor>& x) const {
    return weighed_sum(math->forward(x, while_training).outputs, by);
  }

  static doctest::Approx near(double difference) {
    return doctest::Approx(difference / (2 * h)).epsilon(2e-3).scale(1);
  }

  static constexpr float h = 1.0f / 256;
};

/// dL/d(input k).
void check_input_slopes(const trial& x, std::size_t k) {
  const auto& input = x.inputs[k];
  matrix back{input.rows(), input.columns()};
  std::ranges::fill(back.values(), 0.0f);
  for_each_block(x.net, 2, x.all, [&](neuron_range block) {
    back.add(x.math->input_gradient(k, block).freeze());
  });
  for (std::size_t i = 0; i < input.size(); ++i) {
    auto up = x.inputs;
    auto down = x.inputs;
    up[k] = moved(input, i, trial::h);
    down[k] = moved(input, i, -trial::h);
    CHECK(back.data()[i] == trial::near(x.total(up) - x.total(down)));
  }
}

/// dL/dw and, of inputs that are not given, dL/dx.
void check_language_slopes(const network& net, std::vector<tensor> inputs) {
  trial x{net, std::move(inputs)};
  auto state = x.math->forward(x.inputs, while_training);
  x.math->backward(state, x.by);
  for (std::size_t k = 0; k < x.inputs.size(); ++k)
    if (!net.is_given(net.at(2).inputs[k]))
      check_input_slopes(x, k);
  x.math->accumulate(state, true);
  auto& block = x.math->block();
  auto values = block.parameters(x.all);
  auto gradients = block.gradients(x.all).to_vector();
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto with = [&](float step) {
      block.set_parameters(x.all, moved(values, i, step));
      return x.total(x.inputs);
    };
    CHECK(gradients[i] == trial::near(with(trial::h) - with(-trial::h)));
    block.set_parameters(x.all, values);
  }
}

/// A layer that reads through one that stands.
void check_reading_through(layer reader, layer standing,
                           std::vector<tensor> inputs) {
  reader.inputs.push_back(3);
  inputs.push_back(language_noise(1, width * standing.values, 7));
  check_language_slopes(network_with(std::move(reader), {std::move(standing)}),
                        std::move(inputs));
}

std::vector<layer> standing_layers() {
  return {{.name = "scales",
           .kind = layer_kind::rms,
           .neurons = width,
           .inputs = {},
           .settings = {1e-5}},
          {.name = "shifts",
           .kind = layer_kind::norm,
           .neurons = width,
           .values = 2,
           .inputs = {}}};
}

} // namespace

TEST_CASE("gradients of kinds of language models agree with differences") {
  auto x = language_noise(5, width, 1);
  auto text = positions_from(0, 5, 0);
  check_language_slopes(network_with({.name = "rms",
                                      .kind = layer_kind::rms,
                                      .neurons = width,
                                      .inputs = {1},
                                      .settings = {1e-5}}),
                        {x});
  for (auto kind : {activation_kind::silu, activation_kind::sigmoid})
    check_language_slopes(network_with({.name = "gated",
                                        .kind = layer_kind::gated,
                                        .activation = kind,
                                        .neurons = 3,
                                        .inputs = {1}}),
                          {x});
  check_language_slopes(network_with({.name = "embedding",
                                      .kind = layer_kind::embedding,
                                      .neurons = 3,
                                      .inputs = {0},
                                      .settings = {5, 8}}),
                        {text});
  for (auto window : {0, 2})
    for (auto epsilon : {0.0, 1e-5})
      check_language_slopes(network_with(attention_layer(
                              static_cast<std::size_t>(window), epsilon)),
                            {x, text});
}

TEST_CASE("gradients flow back through a row that is normalised, and to its "
          "weights") {
  layer plain{.name = "dense",
              .activation = activation_kind::tanh,
              .neurons = 5,
              .block_size = 2,
              .inputs = {1}};
  layer gated{.name = "gated",
              .kind = layer_kind::gated,
              .activation = activation_kind::silu,
              .neurons = 3,
              .block_size = 2,
              .inputs = {1}};
  for (const auto& standing : standing_layers()) {
    auto x = language_noise(5, width, 1);
    for (const auto& reader : {plain, gated})
      check_reading_through(reader, standing, {x});
    auto heads = attention_layer(2, 1e-5);
    check_reading_through(heads, standing, {x, positions_from(0, 5, 0)});
  }
}

TEST_CASE("a residual layer adds its coordinates, and their gradients") {
  auto made = network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 4, .inputs = {}},
     {.name = "row", .neurons = width, .block_size = 4, .inputs = {0}},
     {.name = "sum",
      .kind = layer_kind::residual,
      .neurons = 3,
      .block_size = 2,
      .inputs = {1, 3}},
     {.name = "passing", .neurons = 3, .inputs = {0}}});
  REQUIRE(made);
  check_language_slopes(*made,
                        {language_noise(5, width, 1), language_noise(5, 3, 6)});
}

TEST_CASE("a sequence that is read in pieces gives the bits of one at once") {
  constexpr std::size_t rows = 150;
  auto net = network_with(attention_layer());
  auto x = language_noise(rows, width, 3);
  auto whole = language_math(net, net.range_of(2));
  auto wanted = whole->forward({x, positions_from(0, rows, 0)}).outputs;
  for (std::size_t piece : {1, 7, 64, 149}) {
    auto math = language_math(net, net.range_of(2));
    for (std::size_t first = 0; first < rows; first += piece) {
      auto count = std::min(piece, rows - first);
      auto part = math->forward(
        {x.rows(first, count), positions_from(first, count, 9)});
      CHECK(part.outputs == wanted.rows(first, count));
    }
  }
}

TEST_CASE("key-value groups give the same bits wherever they live") {
  auto net = network_with(attention_layer(3, 1e-6, false));
  auto x = language_noise(9, width, 4);
  auto text = positions_from(0, 9, 0);
  auto all = net.range_of(2);
  auto wanted = language_math(net, all)->forward({x, text}).outputs;
  for (auto i = all.first; i < all.end(); ++i)
    CHECK(language_math(net, {i, 1})->forward({x, text}).outputs
          == wanted.columns((i - all.first) * 8, 8));
}

TEST_CASE("rows whose earlier ones are not there are refused") {
  auto net = network_with(attention_layer());
  auto math = language_math(net, net.range_of(2));
  auto x = language_noise(2, width, 4);
  auto read = [&](std::uint64_t position, std::uint32_t conversation,
                  std::uint64_t step) {
    return math->forward({x, positions_from(position, 2, conversation)},
                         {false, step, 0});
  };
  CHECK_THROWS_AS(read(2, 0, 0), std::out_of_range);
  CHECK_THROWS_AS(read(2, 1, 0), std::out_of_range);
  CHECK_NOTHROW(read(0, 1, 0));
  CHECK_NOTHROW(read(2, 1, 0));
  CHECK_THROWS_AS(read(5, 1, 0), std::out_of_range);
  CHECK_NOTHROW(read(0, 2, 0));
  // The weights are others.
  CHECK_THROWS_AS(read(2, 2, 1), std::out_of_range);
}
