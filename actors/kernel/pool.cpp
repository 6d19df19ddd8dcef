#include "actors/kernel/pool.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ganglion {

std::size_t pool::window() const {
  return block_.model().net.fan_in(block_.id());
}

std::size_t pool::largest(const tensor& input, std::size_t r,
                          std::size_t i) const {
  auto count = window();
  auto result = (block_.column(block_.range()) + i) * count;
  auto row = input.row(r);
  for (auto j = result + 1, end = result + count; j < end; ++j)
    if (row[j] > row[result]
        || (std::isnan(row[j]) && !std::isnan(row[result])))
      result = j;
  return result;
}

forward_state pool::forward(std::vector<tensor> inputs, const pass&) {
  const auto& input = inputs.front();
  matrix outputs{input.rows(), block_.range().count};
  for (std::size_t r = 0; r < outputs.rows(); ++r)
    for (std::size_t i = 0; i < outputs.columns(); ++i)
      outputs.row(r)[i] = input.row(r)[largest(input, r, i)];
  return {std::move(inputs), std::move(outputs).freeze(), {}};
}

void pool::backward(const forward_state& state, const tensor& out_gradient) {
  input_ = state.inputs.front();
  gradient_ = out_gradient;
}

matrix pool::input_gradient(std::size_t, neuron_range part) {
  matrix result{input_.rows(), input_.columns()};
  std::ranges::fill(result.values(), 0.0f);
  auto begin = block_.position(part);
  for (std::size_t r = 0; r < result.rows(); ++r)
    for (std::size_t i = begin; i < begin + part.count; ++i)
      result.row(r)[largest(input_, r, i)] = gradient_.row(r)[i];
  return result;
}

} // namespace ganglion
