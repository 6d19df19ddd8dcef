// What a loss is made of: how one sample's outputs are compared with what they
// should have been. For the files of this folder and loss.cpp.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "metadata/training/losses.hpp"

namespace ganglion {

/// Loss of one sample with outputs [width]; writes dL/d(outputs) * scale to
/// `gradient` [width]. `wanted` is one class number or, for losses of values,
/// [width] values, checked before.
using loss_function = double (*)(std::span<const float> outputs,
                                 std::span<const float> wanted, float scale,
                                 float* gradient);

/// Mean over the outputs of Value(difference), with the slope
/// Slope(difference); a class number stands for a one-hot row.
template <double (*Value)(float), float (*Slope)(float)>
double error_row(std::span<const float> outputs, std::span<const float> wanted,
                 float scale, float* gradient) {
  auto values = wanted.size() == outputs.size();
  auto label = values ? 0 : static_cast<std::size_t>(wanted[0]);
  auto width = static_cast<float>(outputs.size());
  double sum = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto target = values ? wanted[i] : i == label ? 1.0f : 0.0f;
    auto difference = outputs[i] - target;
    sum += Value(difference);
    gradient[i] = Slope(difference) / width * scale;
  }
  return sum / static_cast<double>(outputs.size());
}

#define GANGLION_DECLARE_LOSS(name, word, classes)                             \
  double name##_loss(std::span<const float> outputs,                           \
                     std::span<const float> wanted, float scale,               \
                     float* gradient);
GANGLION_LOSSES(GANGLION_DECLARE_LOSS)
#undef GANGLION_DECLARE_LOSS

} // namespace ganglion
