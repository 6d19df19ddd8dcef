#include "actors/kernel/norm.hpp"

#include <cmath>
#include <span>
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

} // namespace

float norm::normal(std::size_t r, std::size_t i) const {
  auto layer_first = block_.model().net.range_of(block_.id()).first;
  auto column = block_.range().first - layer_first + i;
  return (input_.row(r)[column] - moments_.row(r)[0]) * moments_.row(r)[1];
}

forward_state norm::forward(std::vector<tensor> inputs, const pass&) {
  input_ = inputs.front();
  matrix moments{input_.rows(), 2};
  for (std::size_t r = 0; r < input_.rows(); ++r) {
    auto [mean, scale] = moments_of(input_.row(r));
    moments.row(r)[0] = mean;
    moments.row(r)[1] = scale;
  }
  moments_ = std::move(moments).freeze();
  matrix outputs{input_.rows(), block_.range().count};
  auto weights = block_.values(weight_part);
  auto biases = block_.values(bias_part);
  for (std::size_t r = 0; r < outputs.rows(); ++r)
    for (std::size_t i = 0; i < outputs.columns(); ++i)
      outputs.row(r)[i] = normal(r, i) * weights[i] + biases[i];
  return {std::move(inputs), std::move(outputs).freeze(), {moments_}};
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
  auto layer_first = block_.model().net.range_of(block_.id()).first;
  auto own = part.first - layer_first;
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
      weighted += h * double{normal(r, begin + i)};
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
  for (std::size_t i = 0; i < block_.range().count; ++i) {
    if (first_micro_batch)
      weights[i] = biases[i] = 0;
    for (std::size_t r = 0; r < gradient_.rows(); ++r) {
      weights[i] += gradient_.row(r)[i] * normal(r, i);
      biases[i] += gradient_.row(r)[i];
    }
  }
}

} // namespace ganglion
