// Layer normalisation's arithmetic (Ba et al. 2016, arXiv 1607.06450): y_i =
// (x_i - mean) / sqrt(variance + 1e-5) * weight_i + bias_i, mean and variance
// over the row, summed as doubles from first to last. Every group computes them
// by itself, from the row that it reads.
#pragma once

#include <vector>

#include "actors/kernel/layer_math.hpp"

namespace ganglion {

class norm : public layer_math {
public:
  using layer_math::layer_math;

  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

private:
  /// Of the last backward pass: a normalised value of the row `r`.
  [[nodiscard]] float normal(std::size_t r, std::size_t column) const;

  /// Of the last backward pass: the inputs, [rows x 2] of mean and 1 / sqrt(
  /// variance + 1e-5), and dL/d(outputs).
  tensor input_;
  tensor moments_;
  tensor gradient_;
};

} // namespace ganglion
