// Hendrycks and Gimpel 2016, arXiv 1606.08415, in its exact form.
#include <cmath>
#include <numbers>

#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

namespace {

constexpr float inv_sqrt2 = std::numbers::sqrt2_v<float> / 2;

float gelu_of(float x) {
  return 0.5f * x * (1.0f + std::erf(x * inv_sqrt2));
}

float gelu_slope(float x) {
  constexpr float inv_sqrt_2pi = std::numbers::inv_sqrtpi_v<float> * inv_sqrt2;
  auto density = inv_sqrt_2pi * std::exp(-0.5f * x * x);
  return 0.5f * (1.0f + std::erf(x * inv_sqrt2)) + x * density;
}

} // namespace

const activation_function& gelu_function() {
  static constexpr auto result = elementwise<gelu_of, gelu_slope>(true);
  return result;
}

} // namespace ganglion
