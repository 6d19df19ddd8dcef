// Dropout's arithmetic: y = x * mask / (1 - rate) while it trains, else y = x.
// Whether a value is left out is drawn by Philox from (seed, step, neuron, row
// of the step), so it is the same wherever the neuron lives and however a step
// is cut into micro-batches.
#pragma once

#include <vector>

#include "actors/kernel/block_math.hpp"

namespace ganglion {

class dropout : public block_math {
public:
  using block_math::block_math;

  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

private:
  /// [rows x neurons] of what values are multiplied by.
  [[nodiscard]] tensor draw(std::size_t rows, const pass& now) const;

  /// Of the last backward pass: dL/d(inputs of the same neurons).
  tensor gradient_;
};

} // namespace ganglion
