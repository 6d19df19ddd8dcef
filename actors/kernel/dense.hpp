// A dense layer's arithmetic: outputs = f(sum over inputs k of x_k W_k^T + b),
// x_k [rows x width_k], W_k [neurons x width_k], b [neurons]. The bits are
// those of one product per block and input, of shapes that placement has no say
// in; forward products are merged where a trial finds that to be the same.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "actors/kernel/layer_math.hpp"

namespace ganglion {

class dense : public layer_math {
public:
  using layer_math::layer_math;

  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

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
    /// By rows: whether forward products of the blocks may be merged.
    std::vector<std::pair<std::size_t, bool>> merges;
  };

  [[nodiscard]] std::size_t inputs() const {
    return block_.self().inputs.size();
  }

  [[nodiscard]] std::size_t width(std::size_t k) const {
    return block_.parts()[k].columns;
  }

  /// The biases, which follow the weights of all inputs.
  [[nodiscard]] std::size_t bias() const {
    return inputs();
  }

  /// to += (or, at first, =) input * W_k^T, one product per block.
  void sum_blocks(const float* input, std::size_t k, bool first, matrix& to);

  /// The same by one product for the whole group, which is faster: only where
  /// `blocks_merge`, since bits may depend on the shape of a product.
  void sum_at_once(const float* input, std::size_t k, bool first, matrix& to);

  /// Whether both give equal bits for so many rows: tried once for each.
  bool blocks_merge(std::size_t rows);
  bool found_to_merge(std::size_t rows);

  void delta_block(const forward_state& state, const tensor& out_gradient,
                   neuron_range block, float* out);
  void add_weight_gradients(const forward_state& state, std::size_t k,
                            neuron_range block, bool first, float* to);
  void add_bias_gradients(neuron_range block, float* biases);
  workspace& work();

  std::unique_ptr<workspace> work_;
};

} // namespace ganglion
