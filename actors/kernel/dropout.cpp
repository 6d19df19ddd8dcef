#include "actors/kernel/dropout.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "actors/kernel/philox.hpp"

namespace ganglion {

namespace {

/// Sets these numbers apart from those that weights are drawn from.
constexpr std::uint64_t stream = 0x64726f706f757400;

} // namespace

tensor dropout::draw(std::size_t rows, const pass& now) const {
  auto rate = block_.self().settings[0];
  auto kept = static_cast<float>(1 / (1 - rate));
  auto below = static_cast<float>(rate);
  // The key takes 64 bits of seed and step, the counter the neuron and the row.
  auto key = key_of(block_.model().training.seed ^ stream
                    ^ now.step * 0x9e3779b97f4a7c15);
  matrix result{rows, block_.range().count};
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < result.columns(); ++i) {
      auto neuron = block_.range().first + i;
      auto row = now.first_row + r;
      auto word = philox({static_cast<std::uint32_t>(neuron),
                          static_cast<std::uint32_t>(neuron >> 32),
                          static_cast<std::uint32_t>(row),
                          static_cast<std::uint32_t>(row >> 32)},
                         key)[0];
      result.row(r)[i] = unit_float(word) < below ? 0.0f : kept;
    }
  return std::move(result).freeze();
}

forward_state dropout::forward(std::vector<tensor> inputs, const pass& now) {
  auto own = inputs.front().columns(block_.column(block_.range()),
                                    block_.range().count);
  matrix outputs{own.rows(), own.columns()};
  outputs.assign_columns(0, own);
  if (!now.training)
    return {std::move(inputs), std::move(outputs).freeze(), {}};
  auto mask = draw(own.rows(), now);
  std::ranges::transform(outputs.values(), std::span{mask.data(), mask.size()},
                         outputs.data(), std::multiplies{});
  return {std::move(inputs), std::move(outputs).freeze(), {std::move(mask)}};
}

void dropout::backward(const forward_state& state, const tensor& out_gradient) {
  const auto& mask = state.saved.front();
  matrix gradient{mask.rows(), mask.columns()};
  for (std::size_t r = 0; r < gradient.rows(); ++r)
    std::ranges::transform(out_gradient.row(r), mask.row(r),
                           gradient.row(r).begin(), std::multiplies{});
  gradient_ = std::move(gradient).freeze();
}

matrix dropout::input_gradient(std::size_t input, neuron_range part) {
  auto width = block_.model().net.width_of(block_.self().inputs[input]);
  matrix result{gradient_.rows(), width};
  std::ranges::fill(result.values(), 0.0f);
  result.assign_columns(block_.column(part),
                        gradient_.columns(block_.position(part), part.count));
  return result;
}

} // namespace ganglion
