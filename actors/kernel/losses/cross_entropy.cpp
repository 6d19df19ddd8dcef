// The cross-entropy of the softmax of raw outputs.
#include <algorithm>

#include "actors/kernel/losses/loss_function.hpp"

namespace ganglion {

double cross_entropy_loss(std::span<const float> outputs,
                          std::span<const float> wanted, float scale,
                          float* gradient) {
  auto label = static_cast<std::size_t>(wanted[0]);
  auto largest = outputs[0];
  for (auto x : outputs)
    largest = std::max(largest, x);
  float sum = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    gradient[i] = std::exp(outputs[i] - largest);
    sum += gradient[i];
  }
  for (std::size_t i = 0; i < outputs.size(); ++i)
    gradient[i] = (gradient[i] / sum - (i == label ? 1.0f : 0.0f)) * scale;
  return static_cast<double>(std::log(sum) - (outputs[label] - largest));
}

} // namespace ganglion
