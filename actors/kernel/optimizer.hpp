// Optimizers: what becomes of a weight when its gradient is known. Stateless;
// the arrays they need lie with the weights they belong to. A new one is a
// file in optimizers/ and a line in metadata/training/optimizers.hpp.
#pragma once

#include <cstdint>
#include <span>

#include "metadata/training/training_options.hpp"

namespace ganglion {

/// One run of parameters with what an optimizer step needs.
struct parameter_run {
  std::span<float> values;
  std::span<const float> gradients;
  /// Arrays of the optimizer, as many as state_arrays says; zero at first.
  std::span<float* const> state;
  /// 0 for what does not decay.
  float weight_decay = 0;
};

/// Applies update number `step`, counted from 1.
using optimizer = void (*)(const optimizer_options& options, std::uint64_t step,
                           const parameter_run& run);

#define GANGLION_DECLARE_OPTIMIZER(name, arrays, rate, decay)                  \
  void apply_##name(const optimizer_options& options, std::uint64_t step,      \
                    const parameter_run& run);
GANGLION_OPTIMIZERS(GANGLION_DECLARE_OPTIMIZER)
#undef GANGLION_DECLARE_OPTIMIZER

/// The optimizer of a kind.
optimizer optimizer_of(optimizer_kind kind) noexcept;

} // namespace ganglion
