// The arithmetic of a dense layer that adds to a row which passes by: outputs =
// x W^T + b + r, x [rows x width], W [neurons x width], b [neurons], r [rows x
// neurons], of which each neuron reads its own coordinate.
#pragma once

#include <vector>

#include "actors/kernel/block_math.hpp"

namespace ganglion {

class residual : public block_math {
public:
  using block_math::block_math;

  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

private:
  /// dL/d(outputs) of the last backward pass.
  tensor gradient_;
};

} // namespace ganglion
