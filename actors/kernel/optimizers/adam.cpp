#include <array>
#include <cmath>

#include "actors/kernel/optimizer.hpp"
#include "metadata/values/portable_math.hpp"

namespace ganglion {

void apply_adam(const optimizer_options& options, std::uint64_t step,
                const parameter_run& run) {
  auto w = run.values.data();
  auto g = run.gradients.data();
  auto m = run.state[0];
  auto v = run.state[1];
  // In double: 1 - beta2^step is tiny at first.
  auto c1 = static_cast<float>(1.0 - power(double{options.beta1}, step));
  auto c2 = static_cast<float>(1.0 - power(double{options.beta2}, step));
  // Copies, which no store below can change: that lets the loop be vectorised.
  auto [b1, b2, rate, epsilon, decay] = std::array{
    options.beta1, options.beta2, options.learning_rate, options.epsilon,
    run.weight_decay};
  for (std::size_t i = 0; i < run.values.size(); ++i) {
    auto d = g[i] + decay * w[i];
    m[i] = b1 * m[i] + (1.0f - b1) * d;
    v[i] = b2 * v[i] + (1.0f - b2) * d * d;
    w[i] -= rate * (m[i] / c1) / (std::sqrt(v[i] / c2) + epsilon);
  }
}

} // namespace ganglion
