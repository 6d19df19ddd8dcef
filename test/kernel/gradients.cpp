#include <cmath>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "actors/kernel/layer_math.hpp"
#include "actors/kernel/loss.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

constexpr std::size_t batch_rows = 3;

double f(activation_kind kind, double x) {
  switch (kind) {
    case activation_kind::identity:
      return x;
    case activation_kind::relu:
      return x > 0 ? x : 0;
    case activation_kind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case activation_kind::tanh:
      return std::tanh(x);
    case activation_kind::gelu:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case activation_kind::silu:
      return x / (1 + std::exp(-x));
    case activation_kind::gelu_tanh:
      return 0.5 * x
             * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
  }
  return 0;
}

/// One layer and a loss in double precision, written out loop by loop.
struct reference {
  activation_kind activation;
  loss_kind loss;
  std::vector<std::vector<double>> inputs; // per input: rows x width
  std::vector<std::size_t> widths;
  std::vector<double> parameters; // per neuron: weights, bias
  std::size_t neurons;
  std::vector<std::size_t> labels;

  double sample(std::size_t r) const {
    std::vector<double> y(neurons);
    auto p = parameters.data();
    for (auto& out : y) {
      double sum = 0;
      for (std::size_t k = 0; k < widths.size(); ++k)
        for (std::size_t i = 0; i < widths[k]; ++i)
          sum += *p++ * inputs[k][r * widths[k] + i];
      out = f(activation, sum + *p++);
    }
    double result = 0;
    if (loss == loss_kind::mean_squared_error) {
      for (std::size_t i = 0; i < neurons; ++i)
        result += std::pow(y[i] - (i == labels[r] ? 1 : 0), 2)
                  / static_cast<double>(neurons);
      return result;
    }
    if (loss == loss_kind::mean_absolute_error || loss == loss_kind::huber) {
      for (std::size_t i = 0; i < neurons; ++i) {
        auto d = std::fabs(y[i] - (i == labels[r] ? 1 : 0));
        auto near = loss == loss_kind::huber && d <= 1;
        auto far = loss == loss_kind::huber ? d - 0.5 : d;
        result += (near ? d * d / 2 : far) / static_cast<double>(neurons);
      }
      return result;
    }
    for (auto out : y)
      result += std::exp(out);
    return std::log(result) - y[labels[r]];
  }

  double total() const {
    double result = 0;
    for (std::size_t r = 0; r < batch_rows; ++r)
      result += sample(r);
    return result / batch_rows;
  }

  /// Central difference with respect to one number of the model.
  double slope(double& x) const {
    constexpr double h = 1e-5;
    auto before = x;
    x = before + h;
    auto above = total();
    x = before - h;
    auto below = total();
    x = before;
    return (above - below) / (2 * h);
  }
};

constexpr std::size_t joined_neurons = 6;

/// Inputs of these widths, all read by one dense layer.
network joined_network(activation_kind activation,
                       const std::vector<std::size_t>& widths) {
  std::vector<layer> layers;
  std::vector<layer_id> ids;
  for (auto width : widths) {
    ids.push_back(static_cast<layer_id>(layers.size()));
    layers.push_back({.name = fmt::format("in{}", width),
                      .kind = layer_kind::input,
                      .neurons = width,
                      .inputs = {}});
  }
  layers.push_back({.name = "out",
                    .activation = activation,
                    .neurons = joined_neurons,
                    .block_size = 4,
                    .inputs = ids});
  return *network::make(layers);
}

void check_equal(float value, double wanted) {
  CHECK(value == doctest::Approx(wanted).epsilon(1e-3).scale(0.01));
}

/// In two pieces, as two groups would.
void check_input_gradient(layer_math& math, neuron_id first, std::size_t input,
                          reference& wanted) {
  auto back = math.input_gradient(input, {first, 4});
  auto rest = math.input_gradient(input, {first + 4, 2});
  back.add(std::move(rest).freeze());
  for (std::size_t i = 0; i < back.size(); ++i)
    check_equal(back.data()[i], wanted.slope(wanted.inputs[input][i]));
}

void check_gradients(activation_kind activation, loss_kind loss,
                     std::vector<std::size_t> widths) {
  auto net = joined_network(activation, widths);
  auto id = static_cast<layer_id>(widths.size());
  auto all = net.range_of(id);
  auto math = make_layer_math(
    std::make_shared<model_definition>(model_definition{net, {}}), id, all);
  reference wanted{activation, loss, {}, widths, {}, joined_neurons, {1, 5, 0}};
  std::vector<tensor> inputs;
  for (auto width : widths) {
    inputs.push_back(
      noise(batch_rows, width, static_cast<std::uint32_t>(width)));
    auto values = inputs.back().to_vector();
    wanted.inputs.emplace_back(values.begin(), values.end());
  }
  auto parameters = math->block().parameters(all).to_vector();
  wanted.parameters.assign(parameters.begin(), parameters.end());
  auto state = math->forward(inputs);
  auto result = evaluate_loss(
    loss, state.outputs,
    tensor::copy_of(std::vector<float>{1, 5, 0}, batch_rows, 1), batch_rows);
  REQUIRE(result);
  CHECK(result->loss_sum / batch_rows
        == doctest::Approx(wanted.total()).epsilon(1e-5));
  math->backward(state, result->gradient);
  math->accumulate(state, true);
  auto gradients = math->block().gradients(all).to_vector();
  for (std::size_t i = 0; i < gradients.size(); ++i)
    check_equal(gradients[i], wanted.slope(wanted.parameters[i]));
  for (std::size_t k = 0; k < widths.size(); ++k)
    check_input_gradient(*math, all.first, k, wanted);
}

} // namespace

TEST_CASE("gradients agree with central differences for every activation and "
          "loss, with one input layer and with two") {
  for (auto activation : {activation_kind::identity, activation_kind::relu,
                          activation_kind::sigmoid, activation_kind::tanh,
                          activation_kind::gelu, activation_kind::silu})
    for (auto loss : {loss_kind::mean_squared_error, loss_kind::cross_entropy,
                      loss_kind::mean_absolute_error, loss_kind::huber})
      for (const auto& widths : {std::vector<std::size_t>{7}, {5, 3}}) {
        INFO(to_string(activation), " ", to_string(loss));
        check_gradients(activation, loss, widths);
      }
}
