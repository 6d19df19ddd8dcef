// The cross-entropy of the softmax of raw outputs.
#include <algorithm>
#include <numeric>

#include "actors/kernel/functions/functions.hpp"
#include "actors/kernel/losses/loss_function.hpp"

namespace ganglion {

double cross_entropy_loss(std::span<const float> outputs,
                          std::span<const float> wanted, float scale,
                          float* gradient) {
  auto label = static_cast<std::size_t>(wanted[0]);
  auto largest = outputs[0];
  for (auto x : outputs)
    largest = std::max(largest, x);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    gradient[i] = outputs[i] - largest;
  apply(lane_function::exp, gradient, gradient, outputs.size());
  auto sum = static_cast<float>(
    std::accumulate(gradient, gradient + outputs.size(), 0.0));
  for (std::size_t i = 0; i < outputs.size(); ++i)
    gradient[i] = (gradient[i] / sum - (i == label ? 1.0f : 0.0f)) * scale;
  return static_cast<double>(apply(lane_function::log, sum)
                             - (outputs[label] - largest));
}

} // namespace ganglion
