// Forward, loss, gradients and optimizers against numbers that were computed
// independently: test/golden/make_golden.py wrote them.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <span>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "actors/kernel/layer_math.hpp"
#include "actors/kernel/loss.hpp"

using namespace ganglion;

namespace {

constexpr std::size_t golden_rows = 3;

const std::vector<double>& golden(const std::string& name) {
  static auto all = [] {
    std::map<std::string, std::vector<double>> result;
    std::ifstream in{GANGLION_SOURCE_DIR "/test/golden/golden.txt"};
    for (std::string line; std::getline(in, line);) {
      auto colon = line.find(':');
      std::istringstream numbers{line.substr(colon + 1)};
      for (double x = 0; numbers >> x;)
        result[line.substr(0, colon)].push_back(x);
    }
    return result;
  }();
  REQUIRE_MESSAGE(all.contains(name), name);
  return all[name];
}

void check_close(const std::string& name, std::span<const float> values) {
  const auto& want = golden(name);
  REQUIRE(want.size() == values.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    INFO(name, " [", i, "]");
    CHECK(values[i] == doctest::Approx(want[i]).epsilon(2e-5));
  }
}

tensor samples() {
  matrix result{golden_rows, 4};
  for (int i = 0; i < 12; ++i)
    result.data()[i] = static_cast<float>((7 * i) % 11 - 5) / 8.0f;
  return std::move(result).freeze();
}

tensor weights(std::size_t neurons, std::size_t inputs, int salt) {
  matrix result{neurons, inputs + 1};
  for (std::size_t i = 0; i < result.size(); ++i)
    result.data()[i]
      = static_cast<float>((5 * static_cast<int>(i) + salt) % 13 - 6) / 10.0f;
  return std::move(result).freeze();
}

/// The chain 4-5-3 with the golden weights.
struct chain {
  explicit chain(const std::string& activation, training_options how = {})
    : options(how) {
    net = *parse_network("mlp:4-5-3:" + activation);
    auto model = std::make_shared<model_definition>(
      model_definition{net, options});
    first = make_layer_math(model, 1, net.range_of(1));
    second = make_layer_math(model, 2, net.range_of(2));
    first->block().set_parameters(net.range_of(1), weights(5, 4, 1));
    second->block().set_parameters(net.range_of(2), weights(3, 5, 4));
  }

  /// Forward and backward; the gradients are not added up yet.
  loss_result run() {
    hidden = first->forward({samples()});
    outputs = second->forward({hidden.outputs});
    auto wanted = tensor::copy_of(std::vector<float>{0, 2, 1}, golden_rows, 1);
    auto result = *evaluate_loss(options.loss, outputs.outputs, wanted,
                                 golden_rows);
    second->backward(outputs, result.gradient);
    auto back = second->input_gradient(0, net.range_of(2));
    first->backward(hidden, std::move(back).freeze());
    return result;
  }

  void accumulate() {
    first->accumulate(hidden, true);
    second->accumulate(outputs, true);
  }

  void accumulate_and_update(std::uint64_t step) {
    first->accumulate_and_update(hidden, step);
    second->accumulate_and_update(outputs, step);
  }

  training_options options;
  network net;
  std::unique_ptr<layer_math> first;
  std::unique_ptr<layer_math> second;
  forward_state hidden;
  forward_state outputs;
};

} // namespace

TEST_CASE("outputs, losses and gradients are the golden ones") {
  for (std::string activation :
       {"identity", "relu", "sigmoid", "tanh", "gelu", "silu"}) {
    for (auto loss :
         {loss_kind::cross_entropy, loss_kind::mean_squared_error}) {
      training_options how;
      how.loss = loss;
      chain x{activation, how};
      auto result = x.run();
      x.accumulate();
      auto name = activation
                  + (loss == loss_kind::cross_entropy ? ".cross_entropy"
                                                      : ".mean_squared_error");
      check_close(name + ".outputs", x.outputs.outputs.to_vector());
      auto total = static_cast<float>(result.loss_sum);
      check_close(name + ".loss", {&total, 1});
      check_close(name + ".gradients1",
                  x.first->block().gradients(x.net.range_of(1)).to_vector());
      check_close(name + ".gradients2",
                  x.second->block().gradients(x.net.range_of(2)).to_vector());
    }
  }
}

namespace {

/// Three steps, by sums and an update or by both at once, against the same
/// golden weights.
void check_three_steps(optimizer_kind kind, float decay, bool biases,
                       bool at_once) {
  training_options how;
  how.optimizer.kind = kind;
  how.optimizer.learning_rate = 0.05f;
  how.optimizer.weight_decay = decay;
  how.optimizer.decay_biases = biases;
  chain x{"tanh", how};
  for (std::uint64_t step = 1; step <= 3; ++step) {
    x.run();
    if (at_once) {
      x.accumulate_and_update(step);
      continue;
    }
    x.accumulate();
    x.first->block().update(step);
    x.second->block().update(step);
  }
  auto name = fmt::format("{}.{:g}{}", to_string(kind), decay,
                          biases ? ".biases" : "");
  check_close(name + ".weights1",
              x.first->block().parameters(x.net.range_of(1)).to_vector());
  check_close(name + ".weights2",
              x.second->block().parameters(x.net.range_of(2)).to_vector());
}

/// Shortens the gradient to a norm of 0.5; whether it was longer.
bool shorten(chain& x) {
  std::vector<double> squares(8);
  x.first->block().squared_gradients(std::span{squares}.first(5));
  x.second->block().squared_gradients(std::span{squares}.last(3));
  auto norm = std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
  auto scale = static_cast<float>(0.5 / (norm + 1e-6));
  x.first->block().scale_gradients(std::min(scale, 1.0f));
  x.second->block().scale_gradients(std::min(scale, 1.0f));
  return scale < 1;
}

} // namespace

TEST_CASE("three steps of each optimizer give the golden weights") {
  for (auto kind :
       {optimizer_kind::sgd, optimizer_kind::momentum, optimizer_kind::adam,
        optimizer_kind::adamw, optimizer_kind::lion})
    for (auto at_once : {false, true}) {
      check_three_steps(kind, 0, false, at_once);
      check_three_steps(kind, 0.25f, false, at_once);
      check_three_steps(kind, 0.25f, true, at_once);
    }
}

TEST_CASE("gradients that are measured and shortened give the golden weights") {
  for (auto kind :
       {optimizer_kind::sgd, optimizer_kind::momentum, optimizer_kind::adam,
        optimizer_kind::adamw, optimizer_kind::lion}) {
    training_options how;
    how.optimizer.kind = kind;
    how.optimizer.learning_rate = 0.05f;
    how.optimizer.weight_decay = 0.25f;
    chain x{"tanh", how};
    auto clipped = 0;
    for (std::uint64_t step = 1; step <= 3; ++step) {
      x.run();
      x.accumulate();
      clipped += shorten(x) ? 1 : 0;
      x.first->block().update(step);
      x.second->block().update(step);
    }
    CHECK(clipped > 0);
    auto name = fmt::format("{}.0.25.clipped", to_string(kind));
    check_close(name + ".weights1",
                x.first->block().parameters(x.net.range_of(1)).to_vector());
    check_close(name + ".weights2",
                x.second->block().parameters(x.net.range_of(2)).to_vector());
  }
}
