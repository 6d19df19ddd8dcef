// The arithmetic of a layer that stands: each neuron yields its parameters as
// they are, in one row a step. What flows back to it is one row, too: a sum
// over all samples, which the readers have added up.
#pragma once

#include <vector>

#include "actors/kernel/block_math.hpp"

namespace ganglion {

class standing_row : public block_math {
public:
  using block_math::block_math;

  /// Takes nothing in; outputs [1 x neurons x values].
  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

private:
  /// Of the last backward pass: dL/d(outputs).
  tensor gradient_;
};

} // namespace ganglion
