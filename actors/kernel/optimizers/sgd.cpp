#include <cmath>

#include "actors/kernel/optimizer.hpp"

namespace ganglion {

void apply_sgd(const optimizer_options& options, std::uint64_t,
               const parameter_run& run) {
  auto w = run.values.data();
  auto g = run.gradients.data();
  auto rate = -options.learning_rate;
  auto decay = run.weight_decay;
  if (decay > 0) {
    for (std::size_t i = 0; i < run.values.size(); ++i)
      w[i] = std::fma(rate, std::fma(decay, w[i], g[i]), w[i]);
    return;
  }
  // As products do that add themselves to the weights.
  for (std::size_t i = 0; i < run.values.size(); ++i)
    w[i] = std::fma(rate, g[i], w[i]);
}

} // namespace ganglion
