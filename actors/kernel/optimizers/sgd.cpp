#include "actors/kernel/optimizer.hpp"

namespace ganglion {

void apply_sgd(const optimizer_options& options, std::uint64_t,
               const parameter_run& run) {
  auto w = run.values.data();
  auto g = run.gradients.data();
  for (std::size_t i = 0; i < run.values.size(); ++i)
    w[i] -= options.learning_rate * (g[i] + run.weight_decay * w[i]);
}

} // namespace ganglion
