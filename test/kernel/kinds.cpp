// The arithmetic of kinds beside dense layers: central differences, values
// that are known, and that a cut changes nothing.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include <doctest/doctest.h>

#include "actors/kernel/layer_math.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/network/blocks.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

tensor kinds_noise(std::size_t rows, std::size_t columns, std::uint32_t salt) {
  return noise(rows, columns, salt, 9);
}

/// The layer after the inputs of a text, whole or in part.
std::unique_ptr<layer_math> math_of(const network& net, neuron_range range) {
  return make_layer_math(
    std::make_shared<model_definition>(model_definition{net, {}}), 1, range);
}

double weighed(const tensor& outputs, const tensor& by) {
  double result = 0;
  for (std::size_t r = 0; r < by.rows(); ++r)
    result += std::inner_product(outputs.row(r).begin(), outputs.row(r).end(),
                                 by.row(r).begin(), 0.0);
  return result;
}

tensor changed(const tensor& x, std::size_t index, float by) {
  auto values = x.to_vector();
  values[index] += by;
  return tensor::copy_of(values, x.rows(), x.columns());
}

constexpr pass training{true, 5, 40};

/// One layer, and L = sum of its outputs times fixed numbers.
struct weighed_layer {
  explicit weighed_layer(const std::string& text)
    : net(*parse_network(text, 3)),
      // Small enough that no other neighbour becomes the largest.
      h(text.find("norm") == std::string::npos ? 1.0f / 4096 : 1.0f / 256) {
    // nop
  }

  [[nodiscard]] double loss_of(const tensor& x) const {
    return weighed(math->forward({x}, training).outputs, by);
  }

  /// dL/dx; dL/dw is in the block then.
  [[nodiscard]] matrix go_back() const {
    auto state = math->forward({input}, training);
    math->backward(state, by);
    matrix result{4, net.width_of(0)};
    std::ranges::fill(result.values(), 0.0f);
    for_each_block(net, 1, all, [&](neuron_range block) {
      result.add(math->input_gradient(0, block).freeze());
    });
    math->accumulate(state, true);
    return result;
  }

  void check_slope(float found, double above, double below) const {
    CHECK(found
          == doctest::Approx((above - below) / (2 * h)).epsilon(1e-3).scale(1));
  }

  network net;
  float h;
  neuron_range all = net.range_of(1);
  std::unique_ptr<layer_math> math = math_of(net, all);
  tensor input = kinds_noise(4, net.width_of(0), 1);
  tensor by = kinds_noise(4, net.width_of(1), 2);
};

/// dL/dx and dL/dw.
void check_slopes(const std::string& text) {
  INFO(text);
  weighed_layer x{text};
  auto back = x.go_back();
  for (std::size_t i = 0; i < x.input.size(); ++i)
    x.check_slope(back.data()[i], x.loss_of(changed(x.input, i, x.h)),
                  x.loss_of(changed(x.input, i, -x.h)));
  if (x.net.parameters_per_neuron(1) == 0)
    return;
  auto& block = x.math->block();
  auto values = block.parameters(x.all);
  auto gradients = block.gradients(x.all).to_vector();
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto loss_with = [&](float step) {
      block.set_parameters(x.all, changed(values, i, step));
      return x.loss_of(x.input);
    };
    x.check_slope(gradients[i], loss_with(x.h), loss_with(-x.h));
    block.set_parameters(x.all, values);
  }
}

/// Which values of an input some neurons of a layer read.
std::vector<bool> values_read(const network& net, layer_id id, layer_id input,
                              neuron_range part) {
  auto all = net.range_of(input);
  std::vector<bool> result(all.count);
  auto add = [&](neuron_range x, std::uint64_t) {
    for (auto i = x.first; i < x.end(); ++i)
      if (all.contains(i))
        result[i - all.first] = true;
  };
  rule_of(net.at(id)).each_read(net, id, part, add);
  return result;
}

/// NaN wherever nobody reads.
tensor unread_lost(const tensor& x, const std::vector<bool>& read) {
  auto values = x.to_vector();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!read[i % read.size()])
      values[i] = std::numeric_limits<float>::quiet_NaN();
  return tensor::copy_of(values, x.rows(), x.columns());
}

/// That the last layer's `part` looks at nothing that its rule does not name.
void check_reads(const network& net, neuron_range part,
                 const std::vector<tensor>& inputs) {
  auto id = static_cast<layer_id>(inputs.size());
  auto math = make_layer_math(
    std::make_shared<model_definition>(model_definition{net, {}}), id, part);
  std::vector<tensor> lost;
  for (layer_id i = 0; i < id; ++i)
    lost.push_back(unread_lost(inputs[i], values_read(net, id, i, part)));
  auto state = math->forward(lost, training);
  CHECK(state.outputs == math->forward(inputs, training).outputs);
  math->backward(state, kinds_noise(4, part.count, 2));
  for (layer_id i = 0; i < id; ++i) {
    auto read = values_read(net, id, i, part);
    auto back = math->input_gradient(i, part);
    std::size_t others = 0;
    for (std::size_t k = 0; k < back.size(); ++k)
      if (!read[k % read.size()])
        others += std::bit_cast<std::uint32_t>(back.data()[k]) == 0 ? 0 : 1;
    CHECK(others == 0);
  }
}

tensor row_of(std::vector<float> values) {
  return tensor::copy_of(values, 1, values.size());
}

} // namespace

TEST_CASE("gradients of all kinds agree with central differences") {
  for (auto text : {"mlp:8-norm", "mlp:8-pool2", "mlp:9-pool3", "mlp:8-pool8",
                    "mlp:8-pool1", "mlp:8-drop0.4", "mlp:8-drop0"})
    check_slopes(text);
}

TEST_CASE("a normalised row has mean 0 and variance 1") {
  auto net = *parse_network("mlp:64-norm");
  auto math = math_of(net, net.range_of(1));
  auto y = math->forward({kinds_noise(1, 64, 3)}).outputs.to_vector();
  double mean = std::accumulate(y.begin(), y.end(), 0.0) / 64;
  double squares = 0;
  for (auto x : y)
    squares += double{x} * double{x};
  CHECK(mean == doctest::Approx(0).scale(1).epsilon(1e-6));
  CHECK(squares / 64 == doctest::Approx(1).epsilon(1e-3));
  // Nothing to divide by.
  auto flat = math->forward({row_of(std::vector<float>(64, 7.0f))});
  CHECK(flat.outputs.to_vector() == std::vector<float>(64, 0.0f));
}

TEST_CASE("pooling takes the largest, and NaN before anything") {
  auto net = *parse_network("mlp:6-pool3");
  auto math = math_of(net, net.range_of(1));
  CHECK(math->forward({row_of({1, 3, 2, -5, -9, -7})}).outputs.to_vector()
        == std::vector<float>{3, -5});
  auto nan = std::numeric_limits<float>::quiet_NaN();
  auto odd = math->forward({row_of({1, nan, 9, 9, 9, nan})}).outputs;
  CHECK(std::isnan(odd.row(0)[0]));
  CHECK(std::isnan(odd.row(0)[1]));
  // Of equals, the first one has the gradient.
  auto state = math->forward({row_of({4, 4, 4, 1, 2, 2})});
  math->backward(state, row_of({10, 20}));
  auto back = math->input_gradient(0, net.range_of(1));
  CHECK(std::vector<float>(back.values().begin(), back.values().end())
        == std::vector<float>{10, 0, 0, 0, 20, 0});
}

TEST_CASE("dropout leaves out its share while it trains, and nothing later") {
  auto net = *parse_network("mlp:100-drop0.25");
  auto math = math_of(net, net.range_of(1));
  auto ones = tensor::copy_of(std::vector<float>(10'000, 1.0f), 100, 100);
  CHECK(math->forward({ones}).outputs == ones);
  auto some = math->forward({ones}, training).outputs.to_vector();
  auto kept = std::ranges::count(some, static_cast<float>(1 / 0.75));
  CHECK(kept + std::ranges::count(some, 0.0f) == 10'000);
  CHECK(std::abs(kept - 7500) < 200);
  auto later = training;
  later.step = 6;
  CHECK(math->forward({ones}, later).outputs.to_vector() != some);
  // Rows are those of the step, whatever micro-batch they are in.
  auto rest = training;
  rest.first_row += 60;
  auto second = math->forward({ones.rows(60, 40)}, rest).outputs.to_vector();
  CHECK(std::equal(second.begin(), second.end(), some.begin() + 6000));
}

TEST_CASE("what neurons do not read has no say, and zeros for its gradient") {
  for (auto text :
       {"mlp:12-pool2", "mlp:12-drop0.4", "mlp:12-norm", "mlp:12-6"}) {
    INFO(text);
    auto net = *parse_network(text, 3);
    check_reads(net, {15, 3}, {kinds_noise(4, 12, 1)});
  }
  auto net = network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 5, .inputs = {}},
     {.name = "row", .kind = layer_kind::input, .neurons = 6, .inputs = {}},
     {.name = "out",
      .kind = layer_kind::residual,
      .neurons = 6,
      .block_size = 3,
      .inputs = {0, 1}}});
  REQUIRE(net);
  check_reads(*net, {14, 3}, {kinds_noise(4, 5, 1), kinds_noise(4, 6, 3)});
}

TEST_CASE("a part of a layer computes what the whole of it does") {
  for (auto text : {"mlp:8-norm", "mlp:8-pool2", "mlp:8-drop0.4"}) {
    INFO(text);
    auto net = *parse_network(text, 2);
    auto all = net.range_of(1);
    auto input = kinds_noise(3, 8, 4);
    auto by = kinds_noise(3, all.count, 5);
    auto whole = math_of(net, all);
    auto wanted = whole->forward({input}, training);
    whole->backward(wanted, by);
    neuron_range own{all.first + 2, 2};
    auto part = math_of(net, own);
    auto got = part->forward({input}, training);
    CHECK(got.outputs == wanted.outputs.columns(2, 2));
    part->backward(got, by.columns(2, 2));
    CHECK(part->input_gradient(0, own).freeze()
          == whole->input_gradient(0, own).freeze());
  }
}

TEST_CASE("neurons without parameters have rows of none, and are updated") {
  auto net = *parse_network("mlp:8-pool2");
  auto all = net.range_of(1);
  auto math = math_of(net, all);
  auto state = math->forward({kinds_noise(2, 8, 1)}, training);
  math->backward(state, kinds_noise(2, 4, 2));
  math->accumulate_and_update(state, 1);
  auto rows = math->block().parameters(all);
  CHECK(rows.rows() == 4);
  CHECK(rows.columns() == 0);
  math->block().set_parameters(all, rows);
  std::vector<double> squares(4, 1);
  math->block().squared_gradients(squares);
  CHECK(squares == std::vector<double>(4, 0));
}
