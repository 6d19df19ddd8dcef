// A sparse layer's arithmetic: a neuron's output is f(sum over its edges of
// w * x + b), added in the order of the sources, the bias last. One compressed
// row of weights per neuron. Where the layer reads itself, a call is one tick,
// and no matrix of its own outputs stands for zeros. For inference alone: no
// gradient goes back through it.
#pragma once

#include <vector>

#include "actors/kernel/block_math.hpp"

namespace ganglion {

class sparse : public block_math {
public:
  sparse(definition_ptr model, layer_id id, neuron_range range);

  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  /// Never called, since the engine trains no network with such a layer.
  void backward(const forward_state& state,
                const tensor& out_gradient) override;
  matrix input_gradient(std::size_t input, neuron_range part) override;

private:
  /// Where an edge reads: a column of an input.
  struct place {
    std::uint32_t input = 0;
    std::uint32_t column = 0;
  };

  [[nodiscard]] float sum(std::size_t neuron, std::size_t row,
                          const std::vector<tensor>& inputs) const;

  /// Of each weight of the group, neuron by neuron.
  std::vector<place> places_;
};

} // namespace ganglion
