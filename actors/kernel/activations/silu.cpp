// x times its sigmoid (Hendrycks and Gimpel 2016; Elfwing et al. 2018).
#include <cmath>

#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

namespace {

float silu_of(float x) {
  return x / (1.0f + std::exp(-x));
}

float silu_slope(float x) {
  auto s = 1.0f / (1.0f + std::exp(-x));
  return s * (1.0f + x * (1.0f - s));
}

} // namespace

const activation_function& silu_function() {
  static constexpr auto result = elementwise<silu_of, silu_slope>(true);
  return result;
}

} // namespace ganglion
