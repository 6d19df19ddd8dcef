// Losses, free of CAF: the scalar, and its gradient with respect to the
// network's raw outputs. Sums are of doubles, in the order of outputs, then of
// samples.
#pragma once

#include <cstdint>
#include <span>

#include <caf/expected.hpp>

#include "metadata/training/training_options.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

struct loss_result {
  /// Sum over samples of each sample's loss (of losses of values, the mean
  /// over the outputs of one sample).
  double loss_sum = 0;
  /// Samples whose largest output (the first of equals) is the target class.
  std::uint64_t correct = 0;
  /// dL/d(outputs), where L is the sum divided by `batch`.
  tensor gradient;
};

/// An error that names the sample unless `wanted` is [rows x 1] class numbers
/// below `width` or, for losses of values, [rows x width] values.
caf::error check_targets(loss_kind kind, std::uint64_t width,
                         const tensor& wanted);

/// `outputs` is [rows x width]; `wanted` is [rows x 1] class numbers or, for
/// losses of values, optionally [rows x width] values (a class number else
/// stands for a one-hot row). `batch` is the number of samples of the
/// whole step. Errors: shapes that do not fit, class numbers out of range.
caf::expected<loss_result> evaluate_loss(loss_kind kind, const tensor& outputs,
                                         const tensor& wanted,
                                         std::uint64_t batch);

/// Index of the largest value of each row, the first of equals.
std::uint64_t argmax(std::span<const float> row) noexcept;

} // namespace ganglion
