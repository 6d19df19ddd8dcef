// 1 / (1 + e^-x).
#include <cmath>

#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

namespace {

float sigmoid_of(float x) {
  return 1.0f / (1.0f + std::exp(-x));
}

float sigmoid_slope(float y) {
  return y * (1.0f - y);
}

} // namespace

const activation_function& sigmoid_function() {
  static constexpr auto result = elementwise<sigmoid_of, sigmoid_slope>(false);
  return result;
}

} // namespace ganglion
