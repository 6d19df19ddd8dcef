// The hyperbolic tangent.
#include <cmath>

#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

namespace {

float tanh_of(float x) {
  return std::tanh(x);
}

float tanh_slope(float y) {
  return 1.0f - y * y;
}

} // namespace

const activation_function& tanh_function() {
  static constexpr auto result = elementwise<tanh_of, tanh_slope>(false);
  return result;
}

} // namespace ganglion
