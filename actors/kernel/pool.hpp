// Pooling's arithmetic: a neuron yields the largest of its window, and what
// flows back goes to the first of the largest. NaN is larger than anything, so
// that a network that diverges shows it.
#pragma once

#include <vector>

#include "actors/kernel/block_math.hpp"

namespace ganglion {

class pool : public block_math {
public:
  using block_math::block_math;

  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

private:
  [[nodiscard]] std::size_t window() const;

  /// Column of the largest value that the group's neuron `i` reads.
  [[nodiscard]] std::size_t largest(const tensor& input, std::size_t r,
                                    std::size_t i) const;

  /// Of the last backward pass.
  tensor input_;
  tensor gradient_;
};

} // namespace ganglion
