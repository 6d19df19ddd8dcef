// Embeddings' arithmetic: outputs[r][i] = T[i][token of r], plus P[i][position
// of r] where positions are learned; T [neurons x tokens], P [neurons x
// positions]. Gradients are added row by row, from first to last.
#pragma once

#include <vector>

#include "actors/kernel/block_math.hpp"

namespace ganglion {

class embedding : public block_math {
public:
  using block_math::block_math;

  /// Throws std::out_of_range for a token or position that there is not.
  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  /// Never asked: tokens are given.
  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

private:
  [[nodiscard]] bool has_positions() const {
    return block_.parts().size() > 1;
  }

  tensor gradient_;
};

} // namespace ganglion
