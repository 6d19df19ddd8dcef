#include "actors/kernel/norm.hpp"

#include <utility>

#include "actors/kernel/row_sums.hpp"

namespace ganglion {

namespace {

constexpr std::size_t norm_weights = 0;
constexpr std::size_t norm_biases = 1;

} // namespace

forward_state norm::forward(std::vector<tensor> inputs, const pass&) {
  const auto& input = inputs.front();
  matrix outputs{input.rows(), block_.range().count};
  const auto* weights = block_.values(norm_weights);
  const auto* biases = how_.centred ? block_.values(norm_biases) : nullptr;
  auto first = block_.column(block_.range());
  for (std::size_t r = 0; r < outputs.rows(); ++r) {
    auto own = moments_of(input.row(r), how_);
    const auto* x = input.row(r).data() + first;
    auto* y = outputs.row(r).data();
    for (std::size_t i = 0; i < outputs.columns(); ++i)
      y[i] = own.normal(x[i]) * weights[i];
    for (std::size_t i = 0; biases && i < outputs.columns(); ++i)
      y[i] += biases[i];
  }
  return {std::move(inputs), std::move(outputs).freeze(), {}};
}

void norm::backward(const forward_state& state, const tensor& out_gradient) {
  input_ = state.inputs.front();
  gradient_ = out_gradient;
  moments_.clear();
  for (std::size_t r = 0; r < input_.rows(); ++r)
    moments_.push_back(moments_of(input_.row(r), how_));
}

matrix norm::input_gradient(std::size_t, neuron_range part) {
  const auto* weights = block_.values(norm_weights) + block_.position(part);
  matrix result{input_.rows(), input_.columns()};
  std::vector<float> h(part.count);
  for (std::size_t r = 0; r < result.rows(); ++r) {
    auto gradient = gradient_.row(r).subspan(block_.position(part), part.count);
    for (std::size_t i = 0; i < part.count; ++i)
      h[i] = gradient[i] * weights[i];
    undo_norm(input_.row(r), moments_[r], how_, h, block_.column(part),
              result.row(r));
  }
  return result;
}

void norm::accumulate(const forward_state&, bool first_micro_batch) {
  auto own = block_.range().count;
  auto first = block_.column(block_.range());
  std::vector<float> sums(own);
  auto add = [&](std::size_t part, auto add_row) {
    sum_rows(0, gradient_.rows(), std::span{sums}, add_row);
    auto* to = block_.gradients(part);
    for (std::size_t i = 0; i < own; ++i)
      to[i] = first_micro_batch ? sums[i] : to[i] + sums[i];
  };
  add(norm_weights, [&](std::size_t r, std::span<float> to) {
    for (std::size_t i = 0; i < own; ++i)
      to[i] += gradient_.row(r)[i]
               * moments_[r].normal(input_.row(r)[first + i]);
  });
  if (how_.centred)
    add(norm_biases, [&](std::size_t r, std::span<float> to) {
      for (std::size_t i = 0; i < own; ++i)
        to[i] += gradient_.row(r)[i];
    });
}

} // namespace ganglion
