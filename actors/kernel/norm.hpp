// The arithmetic of layers that normalise a row: y_i = normal_i * weight_i [+
// bias_i], see row_norm.hpp. Every group computes the row's moments by itself,
// from the row that it reads.
#pragma once

#include <vector>

#include "actors/kernel/block_math.hpp"
#include "actors/kernel/row_norm.hpp"

namespace ganglion {

class norm : public block_math {
public:
  norm(definition_ptr model, layer_id id, neuron_range range,
       row_normalisation how)
    : block_math(std::move(model), id, range), how_(how) {
    // nop
  }

  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

private:
  row_normalisation how_;
  /// Of the last backward pass: the inputs, their moments, dL/d(outputs).
  tensor input_;
  std::vector<row_moments> moments_;
  tensor gradient_;
};

} // namespace ganglion
