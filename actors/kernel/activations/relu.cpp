// max(x, 0).
#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

namespace {

float relu_of(float x) {
  // Written so that NaN stays NaN.
  return x < 0.0f ? 0.0f : x;
}

float relu_slope(float y) {
  return y > 0.0f ? 1.0f : 0.0f;
}

} // namespace

const activation_function& relu_function() {
  static constexpr activation_function result{&apply_plain<relu_of>,
                                              &scale_plain<relu_slope>, false};
  return result;
}

} // namespace ganglion
