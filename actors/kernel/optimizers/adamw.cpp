#include "actors/kernel/optimizer.hpp"

namespace ganglion {

/// Loshchilov and Hutter 2019 (arXiv 1711.05101), algorithm 2, with the decay
/// times the rate as PyTorch has it: the decay is no part of the gradient.
void apply_adamw(const optimizer_options& options, std::uint64_t step,
                 const parameter_run& run) {
  auto kept = 1.0f - options.learning_rate * run.weight_decay;
  for (auto& w : run.values)
    w *= kept;
  apply_adam(options, step, {run.values, run.gradients, run.state, 0});
}

} // namespace ganglion
