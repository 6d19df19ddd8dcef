// A dense layer's arithmetic: outputs = f(sum over inputs k of x_k W_k^T + b),
// x_k [rows x width_k], W_k [neurons x width_k], b [neurons]. The bits are
// those of one product per block and input, of shapes that placement has no say
// in; forward products are merged where a trial finds that to be the same.
#pragma once

#include <utility>
#include <vector>

#include "actors/kernel/layer_math.hpp"
#include "actors/kernel/optimizer.hpp"

namespace ganglion {

class dense : public layer_math {
public:
  dense(const network& net, layer_id id, neuron_range range,
        const training_options& options);

  forward_state forward(std::vector<tensor> inputs) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

  void update(std::uint64_t step) override;

  void accumulate_and_update(const forward_state& state,
                             std::uint64_t step) override;

  [[nodiscard]] tensor parameters(neuron_range range) const override;

  void set_parameters(neuron_range range, const tensor& values) override;

  [[nodiscard]] std::vector<tensor> state(neuron_range range) const override;

  void set_state(neuron_range range, std::span<const tensor> arrays) override;

  [[nodiscard]] tensor gradients(neuron_range range) const override;

private:
  /// An array of the shape of the parameters: one matrix per input, and the
  /// biases.
  struct parameter_set {
    std::vector<std::vector<float>> weights;
    std::vector<float> biases;
  };

  [[nodiscard]] parameter_set zeros() const;
  void draw(const network& net, layer_id id, std::uint64_t seed);
  [[nodiscard]] tensor gather(const parameter_set& from,
                              neuron_range range) const;
  void scatter(parameter_set& to, neuron_range range, const tensor& values);

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
  void add_gradients(const forward_state& state, neuron_range block, bool first,
                     parameter_set& to);

  /// Position of the first neuron of `range` in this group.
  [[nodiscard]] std::size_t offset(neuron_range range) const noexcept {
    return range.first - range_.first;
  }

  neuron_range range_;
  activation_kind activation_;
  std::vector<neuron_range> blocks_;
  std::vector<std::size_t> widths_;
  std::size_t row_length_ = 1;
  optimizer optimizer_;
  optimizer_options options_;
  parameter_set values_;
  /// Empty until they are needed: a step of one micro-batch with plain SGD goes
  /// straight to the weights.
  parameter_set gradients_;
  std::vector<parameter_set> state_;
  /// Of the last backward pass: block by block, each [rows x neurons].
  std::vector<float> deltas_;
  std::size_t rows_ = 0;
  /// By rows: whether forward products of the blocks may be merged.
  std::vector<std::pair<std::size_t, bool>> merges_;
};

} // namespace ganglion
