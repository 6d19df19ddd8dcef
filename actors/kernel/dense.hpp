// A dense layer's arithmetic: outputs = f(sum over inputs k of x_k W_k^T + b),
// x_k [rows x width_k], W_k [neurons x width_k], b [neurons]. The bits are
// those of one product per block and input, of shapes that placement has no say
// in; forward products are merged where a trial finds that to be the same.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "actors/kernel/layer_math.hpp"
#include "metadata/blocks.hpp"

namespace ganglion {

class dense : public layer_math {
public:
  dense(definition_ptr model, layer_id id, neuron_range range);

  forward_state forward(std::vector<tensor> inputs) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

  void squared_gradients(std::span<double> to) const override;

  void scale_gradients(float by) override;

  void update(std::uint64_t step) override;

  void accumulate_and_update(const forward_state& state,
                             std::uint64_t step) override;

  [[nodiscard]] tensor parameters(neuron_range range) const override;

  void set_parameters(neuron_range range, const tensor& values) override;

  [[nodiscard]] std::vector<tensor> state(neuron_range range) const override;

  void set_state(neuron_range range, std::span<const tensor> arrays) override;

  [[nodiscard]] tensor gradients(neuron_range range) const override;

private:
  /// What passes leave for each other. Made when it is needed: a group may be a
  /// single neuron, one of a million that only answer.
  struct workspace {
    /// In the shape of the parameters. Empty until sums are needed: a step of
    /// one micro-batch with plain SGD goes straight to the weights.
    std::vector<float> gradients;
    /// Of the last backward pass: block by block, each [rows x neurons].
    std::vector<float> deltas;
    std::size_t rows = 0;
    /// By rows: whether forward products of the blocks may be merged.
    std::vector<std::pair<std::size_t, bool>> merges;
  };

  [[nodiscard]] const layer& self() const {
    return model_->net.at(id_);
  }

  [[nodiscard]] std::size_t inputs() const {
    return self().inputs.size();
  }

  [[nodiscard]] std::size_t width(std::size_t k) const {
    return model_->net.width_of(self().inputs[k]);
  }

  /// Where the weights for input `k` begin in an array of the shape of the
  /// parameters, [neurons x width k]; past the last input, the biases.
  [[nodiscard]] std::size_t offset_of(std::size_t k) const;

  [[nodiscard]] std::size_t array_size() const {
    return offset_of(inputs()) + range_.count;
  }

  template <class F>
  void each_block(F f) const {
    for_each_block(model_->net, id_, range_, [&](neuron_range block) {
      f(block);
      model_->work->add();
    });
  }

  void draw();
  [[nodiscard]] tensor gather(const float* from, neuron_range range) const;
  void scatter(float* to, neuron_range range, const tensor& values);

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
  void add_weight_gradients(const forward_state& state, neuron_range block,
                            bool first, float* to);
  void add_bias_gradients(neuron_range block, float* biases);
  workspace& work();

  /// Position of the first neuron of `range` in this group.
  [[nodiscard]] std::size_t position(neuron_range range) const noexcept {
    return range.first - range_.first;
  }

  definition_ptr model_;
  neuron_range range_;
  layer_id id_;
  /// Weights input by input, and biases; then the optimizer's arrays, each in
  /// the same shape.
  std::vector<float> values_;
  std::unique_ptr<workspace> work_;
};

} // namespace ganglion
