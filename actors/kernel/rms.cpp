#include "actors/kernel/rms.hpp"

#include <cmath>
#include <utility>

namespace ganglion {

float inverse_rms(std::span<const float> row, double epsilon) {
  double squares = 0;
  for (auto x : row)
    squares += double{x} * double{x};
  auto mean = squares / static_cast<double>(row.size());
  return static_cast<float>(1 / std::sqrt(mean + epsilon));
}

forward_state rms::forward(std::vector<tensor> inputs, const pass&) {
  const auto& input = inputs.front();
  matrix scales{input.rows(), 1};
  matrix outputs{input.rows(), block_.range().count};
  auto weights = block_.values(0);
  auto first = block_.column(block_.range());
  auto epsilon = block_.self().settings[0];
  for (std::size_t r = 0; r < outputs.rows(); ++r) {
    auto scale = inverse_rms(input.row(r), epsilon);
    scales.row(r)[0] = scale;
    for (std::size_t i = 0; i < outputs.columns(); ++i)
      outputs.row(r)[i] = input.row(r)[first + i] * scale * weights[i];
  }
  return {std::move(inputs),
          std::move(outputs).freeze(),
          {std::move(scales).freeze()}};
}

void rms::backward(const forward_state& state, const tensor& out_gradient) {
  input_ = state.inputs.front();
  scales_ = state.saved.front();
  gradient_ = out_gradient;
}

// With h = gradient * weight and n values in a row: what flows to x_j is
// scale * (h_j - x_j * scale^2 * sum(h * x) / n), of which a part gives its own
// summands.
matrix rms::input_gradient(std::size_t, neuron_range part) {
  auto weights = block_.values(0);
  auto begin = block_.position(part);
  auto own = block_.column(part);
  matrix result{input_.rows(), input_.columns()};
  auto count = static_cast<double>(input_.columns());
  for (std::size_t r = 0; r < result.rows(); ++r) {
    auto gradient = gradient_.row(r).subspan(begin, part.count);
    auto x = input_.row(r);
    auto scale = scales_.row(r)[0];
    double sum = 0;
    for (std::size_t i = 0; i < part.count; ++i)
      sum += double{gradient[i]} * double{weights[begin + i]}
             * double{x[own + i]};
    auto slope = static_cast<float>(sum / count) * scale * scale * scale;
    auto to = result.row(r);
    for (std::size_t j = 0; j < to.size(); ++j)
      to[j] = -slope * x[j];
    for (std::size_t i = 0; i < part.count; ++i)
      to[own + i] += scale * (gradient[i] * weights[begin + i]);
  }
  return result;
}

void rms::accumulate(const forward_state&, bool first_micro_batch) {
  auto weights = block_.gradients(0);
  auto first = block_.column(block_.range());
  for (std::size_t i = 0; i < block_.range().count; ++i) {
    if (first_micro_batch)
      weights[i] = 0;
    for (std::size_t r = 0; r < gradient_.rows(); ++r)
      weights[i] += gradient_.row(r)[i] * input_.row(r)[first + i]
                    * scales_.row(r)[0];
  }
}

} // namespace ganglion
