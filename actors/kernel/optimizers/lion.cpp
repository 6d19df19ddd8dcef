// Lion (Chen et al. 2023, arXiv 2302.06675, program 1): a step is a sign, of
// the momentum with beta1; the momentum goes on with beta2. Weight decay is
// decoupled, as in AdamW.
#include "actors/kernel/optimizer.hpp"

namespace ganglion {

void apply_lion(const optimizer_options& options, std::uint64_t,
                const parameter_run& run) {
  auto w = run.values.data();
  auto g = run.gradients.data();
  auto m = run.state[0];
  auto rate = options.learning_rate;
  for (std::size_t i = 0; i < run.values.size(); ++i) {
    auto c = options.beta1 * m[i] + (1 - options.beta1) * g[i];
    // NaN stays, so that a training that diverges is noticed.
    auto sign = c > 0 ? 1.0f : (c < 0 ? -1.0f : c);
    w[i] -= rate * (sign + run.weight_decay * w[i]);
    m[i] = options.beta2 * m[i] + (1 - options.beta2) * g[i];
  }
}

} // namespace ganglion
