#include "actors/kernel/activation.hpp"

#include <array>

#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

namespace {

const activation_function& function_of(activation_kind kind) {
#define GANGLION_FUNCTION(name, rectified) &name##_function(),
  static const auto functions = std::to_array<const activation_function*>(
    {GANGLION_ACTIVATIONS(GANGLION_FUNCTION)});
#undef GANGLION_FUNCTION
  return *functions[static_cast<std::size_t>(kind)];
}

} // namespace

void activate(activation_kind kind, const float* x, float* y,
              std::size_t count) {
  function_of(kind).apply(x, y, count);
}

bool needs_raw(activation_kind kind) noexcept {
  return function_of(kind).needs_raw;
}

void scale_by_derivative(activation_kind kind, const float* saved,
                         const float* gradient, float* delta,
                         std::size_t count) {
  function_of(kind).scale(saved, gradient, delta, count);
}

} // namespace ganglion
