// Gated units' arithmetic (Shazeer 2020, arXiv 2002.05202): outputs = f(x G^T)
// * (x U^T), x [rows x width], G and U [neurons x width].
#pragma once

#include <vector>

#include "actors/kernel/block_math.hpp"

namespace ganglion {

class gated : public block_math {
public:
  using block_math::block_math;

  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

private:
  /// Of the last backward pass: dL/d(x G^T) and dL/d(x U^T).
  tensor gates_;
  tensor ups_;
};

} // namespace ganglion
