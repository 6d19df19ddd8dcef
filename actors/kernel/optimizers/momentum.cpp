#include "actors/kernel/optimizer.hpp"

namespace ganglion {

void apply_momentum(const optimizer_options& options, std::uint64_t,
                    const parameter_run& run) {
  auto w = run.values.data();
  auto g = run.gradients.data();
  auto v = run.state[0];
  for (std::size_t i = 0; i < run.values.size(); ++i) {
    v[i] = options.momentum * v[i] + (g[i] + run.weight_decay * w[i]);
    w[i] -= options.learning_rate * v[i];
  }
}

} // namespace ganglion
