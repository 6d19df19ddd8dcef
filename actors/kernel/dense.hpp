// A dense layer's arithmetic: outputs = f(sum over inputs k of x_k W_k^T + b),
// x_k [rows x width_k], W_k [neurons x width_k], b [neurons]. Bits are those of
// products/products.hpp: a neuron's and a row's depend on nobody else's.
#pragma once

#include <memory>
#include <vector>

#include "actors/kernel/block_math.hpp"
#include "actors/kernel/products/products.hpp"

namespace ganglion {

class dense : public block_math {
public:
  using block_math::block_math;

  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  [[nodiscard]] bool adds_blocks() const override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

  void accumulate_and_update(const forward_state& state,
                             std::uint64_t step) override;

private:
  /// What passes leave for each other. Made when it is needed: a group may be a
  /// single neuron, one of a million that only answer.
  struct workspace {
    /// Of the last backward pass: block by block, each [rows x neurons].
    std::vector<float> deltas;
    std::size_t rows = 0;
  };

  [[nodiscard]] std::size_t inputs() const {
    return block_.model().net.rows_of(block_.id()).size();
  }

  [[nodiscard]] std::size_t width(std::size_t k) const {
    return block_.parts()[k].columns;
  }

  /// The biases, which follow the weights of all inputs.
  [[nodiscard]] std::size_t bias() const {
    return inputs();
  }

  [[nodiscard]] std::vector<product_input>
  products_of(const std::vector<tensor>& inputs) const;

  /// Of the last backward pass, of a block or what the group holds of it.
  [[nodiscard]] delta_view deltas_of(neuron_range block);

  /// The same of each block of `part`.
  [[nodiscard]] std::vector<delta_view> deltas_of_blocks(neuron_range part);

  /// Gives the gradients of all parameters to where `to_of(part)` begins.
  template <class F>
  void use_gradients(const forward_state& state, gradient_use use, F to_of);

  void delta_block(const forward_state& state, const tensor& out_gradient,
                   neuron_range block, float* out);
  workspace& work();

  std::unique_ptr<workspace> work_;
};

} // namespace ganglion
