// What an activation function is made of: how it and its slope are computed,
// element by element. For the files of this folder and activation.cpp.
#pragma once

#include <cstddef>

#include "metadata/network/activations.hpp"

namespace ganglion {

struct activation_function {
  /// y[i] = f(x[i]); x and y may be the same.
  void (*apply)(const float* x, float* y, std::size_t count);
  /// delta[i] = gradient[i] * f'(saved[i]); may be the same arrays.
  void (*scale)(const float* saved, const float* gradient, float* delta,
                std::size_t count);
  /// Whether the slope is a function of x; otherwise of f(x).
  bool needs_raw;
};

/// Loops over a function and its slope, which are compiled into them.
template <float (*F)(float), float (*Slope)(float)>
constexpr activation_function elementwise(bool needs_raw) {
  return {[](const float* x, float* y, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i)
              y[i] = F(x[i]);
          },
          [](const float* saved, const float* gradient, float* delta,
             std::size_t count) {
            for (std::size_t i = 0; i < count; ++i)
              delta[i] = gradient[i] * Slope(saved[i]);
          },
          needs_raw};
}

#define GANGLION_DECLARE_FUNCTION(name, rectified)                             \
  const activation_function& name##_function();
GANGLION_ACTIVATIONS(GANGLION_DECLARE_FUNCTION)
#undef GANGLION_DECLARE_FUNCTION

} // namespace ganglion
