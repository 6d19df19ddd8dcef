// What an activation function is made of: how it and its slope are computed,
// element by element. For the files of this folder and activation.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "actors/kernel/functions/functions.hpp"
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

/// y[i] = F(x[i]), with the function compiled into the loop.
template <float (*F)(float)>
void apply_plain(const float* x, float* y, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    y[i] = F(x[i]);
}

/// y[i] = F(x[i]) on lanes.
template <lane_function F>
void apply_lanes(const float* x, float* y, std::size_t count) {
  apply(F, x, y, count);
}

/// delta[i] = gradient[i] * Slope(saved[i]) on lanes, a piece of both at a
/// time.
template <lane_function Slope>
void scale_lanes(const float* saved, const float* gradient, float* delta,
                 std::size_t count) {
  std::array<float, 256> slopes;
  for (std::size_t i = 0; i < count; i += slopes.size()) {
    auto piece = std::min(slopes.size(), count - i);
    apply(Slope, saved + i, slopes.data(), piece);
    for (std::size_t k = 0; k < piece; ++k)
      delta[i + k] = gradient[i + k] * slopes[k];
  }
}

/// delta[i] = gradient[i] * Slope(saved[i]), with the slope compiled into the
/// loop.
template <float (*Slope)(float)>
void scale_plain(const float* saved, const float* gradient, float* delta,
                 std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    delta[i] = gradient[i] * Slope(saved[i]);
}

#define GANGLION_DECLARE_FUNCTION(name, rectified)                             \
  const activation_function& name##_function();
GANGLION_ACTIVATIONS(GANGLION_DECLARE_FUNCTION)
#undef GANGLION_DECLARE_FUNCTION

} // namespace ganglion
