#include "actors/kernel/residual.hpp"

#include <algorithm>
#include <utility>

#include "actors/kernel/products/row_products.hpp"

namespace ganglion {

namespace {

constexpr std::size_t residual_weights = 0;
constexpr std::size_t residual_biases = 1;

} // namespace

forward_state residual::forward(std::vector<tensor> inputs, const pass&) {
  auto own = block_.range().count;
  matrix outputs{inputs[0].rows(), own};
  forward_product(block_, inputs[0], block_.values(residual_weights),
                  block_.values(residual_biases), own, outputs.data());
  auto first = block_.column(block_.range());
  for (std::size_t r = 0; r < outputs.rows(); ++r) {
    auto passing = inputs[1].row(r).subspan(first, own);
    auto to = outputs.row(r);
    for (std::size_t i = 0; i < own; ++i)
      to[i] += passing[i];
  }
  block_.model().work->add();
  return {std::move(inputs), std::move(outputs).freeze(), {}};
}

void residual::backward(const forward_state&, const tensor& out_gradient) {
  gradient_ = out_gradient;
}

matrix residual::input_gradient(std::size_t input, neuron_range part) {
  auto first = block_.position(part);
  if (input == 0) {
    auto width = block_.parts()[residual_weights].columns;
    matrix result{gradient_.rows(), width};
    input_product(deltas_of(gradient_, first, part.count),
                  block_.values(residual_weights) + first * width, width,
                  result.data());
    return result;
  }
  // Others add their own coordinates.
  auto whole = block_.model().net.width_of(block_.self().inputs[1]);
  matrix result{gradient_.rows(), whole};
  std::ranges::fill(result.values(), 0.0f);
  for (std::size_t r = 0; r < result.rows(); ++r)
    std::ranges::copy(gradient_.row(r).subspan(first, part.count),
                      result.row(r).subspan(block_.column(part)).begin());
  return result;
}

void residual::accumulate(const forward_state& state, bool first_micro_batch) {
  auto delta = deltas_of(gradient_, 0, gradient_.columns());
  gradient_use use{.adds = !first_micro_batch};
  weight_gradient({&delta, 1}, state.inputs[0].data(),
                  block_.parts()[residual_weights].columns, use,
                  block_.gradients(residual_weights));
  bias_gradient({&delta, 1}, use, block_.gradients(residual_biases));
  block_.model().work->add();
}

} // namespace ganglion
