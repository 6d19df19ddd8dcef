#include "actors/kernel/norm.hpp"

#include <cmath>
#include <span>
#include <tuple>
#include <utility>

namespace ganglion {

namespace {

constexpr std::size_t weight_part = 0;
constexpr std::size_t bias_part = 1;
constexpr double epsilon = 1e-5;

/// Mean, and 1 / sqrt(variance + epsilon).
std::pair<float, float> moments_of(std::span<const float> row) {
  auto count = static_cast<double>(row.size());
  double sum = 0;
  for (auto x : row)
    sum += double{x};
  auto mean = sum / count;
  double squares = 0;
  for (auto x : row)
    squares += (double{x} - mean) * (double{x} - mean);
  return {static_cast<float>(mean),
          static_cast<float>(1 / std::sqrt(squares / count + epsilon))};
}

float normal_of(float x, std::span<const float> moments) {
  return (x - moments[0]) * moments[1];
}

} // namespace

float norm::normal(std::size_t r, std::size_t column) const {
  return normal_of(input_.row(r)[column], moments_.row(r));
}

forward_state norm::forward(std::vector<tensor> inputs, const pass&) {
  const auto& input = inputs.front();
  matrix moments{input.rows(), 2};
  matrix outputs{input.rows(), block_.range().count};
  auto weights = block_.values(weight_part);
  auto biases = block_.values(bias_part);
  auto first = block_.column(block_.range());
  for (std::size_t r = 0; r < outputs.rows(); ++r) {
    auto own = moments.row(r);
    std::tie(own[0], own[1]) = moments_of(input.row(r));
    for (std::size_t i = 0; i < outputs.columns(); ++i)
      outputs.row(r)[i] = normal_of(input.row(r)[first + i], own) * weights[i]
                          + biases[i];
  }
  return {std::move(inputs),
          std::move(outputs).freeze(),
          {std::move(moments).freeze()}};
}

void norm::backward(const forward_state& state, const tensor& out_gradient) {
  input_ = state.inputs.front();
  moments_ = state.saved.front();
  gradient_ = out_gradient;
}

// With h = gradient * weight and n values in a row: what flows to x_j is
// scale * (h_j - sum(h) / n - normal_j * sum(h * normal) / n), of which a part
// gives its own summands.
matrix norm::input_gradient(std::size_t, neuron_range part) {
  auto weights = block_.values(weight_part);
  auto begin = block_.position(part);
  auto own = block_.column(part);
  matrix result{input_.rows(), input_.columns()};
  auto count = static_cast<double>(input_.columns());
  for (std::size_t r = 0; r < result.rows(); ++r) {
    auto gradient = gradient_.row(r).subspan(begin, part.count);
    auto mean = moments_.row(r)[0];
    auto scale = moments_.row(r)[1];
    double plain = 0;
    double weighted = 0;
    for (std::size_t i = 0; i < part.count; ++i) {
      auto h = double{gradient[i]} * double{weights[begin + i]};
      plain += h;
      weighted += h * double{normal(r, own + i)};
    }
    auto shift = static_cast<float>(plain / count);
    auto slope = static_cast<float>(weighted / count);
    auto to = result.row(r);
    auto x = input_.row(r);
    for (std::size_t j = 0; j < to.size(); ++j)
      to[j] = -scale * (shift + (x[j] - mean) * scale * slope);
    for (std::size_t i = 0; i < part.count; ++i)
      to[own + i] += scale * (gradient[i] * weights[begin + i]);
  }
  return result;
}

void norm::accumulate(const forward_state&, bool first_micro_batch) {
  auto weights = block_.gradients(weight_part);
  auto biases = block_.gradients(bias_part);
  auto first = block_.column(block_.range());
  for (std::size_t i = 0; i < block_.range().count; ++i) {
    if (first_micro_batch)
      weights[i] = biases[i] = 0;
    for (std::size_t r = 0; r < gradient_.rows(); ++r) {
      weights[i] += gradient_.row(r)[i] * normal(r, first + i);
      biases[i] += gradient_.row(r)[i];
    }
  }
}

} // namespace ganglion
