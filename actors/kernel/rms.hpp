// Root mean square normalisation's arithmetic (Zhang and Sennrich 2019, arXiv
// 1910.07467): y_i = x_i / sqrt(mean(x^2) + epsilon) * weight_i, the mean
// summed as doubles from first to last. Every group computes it by itself, from
// the row that it reads.
#pragma once

#include <span>
#include <vector>

#include "actors/kernel/layer_math.hpp"

namespace ganglion {

/// 1 / sqrt(mean(x^2) + epsilon).
float inverse_rms(std::span<const float> row, double epsilon);

class rms : public layer_math {
public:
  using layer_math::layer_math;

  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

private:
  /// Of the last backward pass: the inputs, [rows x 1] of their inverse root
  /// mean squares, and dL/d(outputs).
  tensor input_;
  tensor scales_;
  tensor gradient_;
};

} // namespace ganglion
