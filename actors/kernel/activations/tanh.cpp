// The hyperbolic tangent.
#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

namespace {

float tanh_slope(float y) {
  return 1.0f - y * y;
}

} // namespace

const activation_function& tanh_function() {
  static constexpr activation_function result{&apply_lanes<lane_function::tanh>,
                                              &scale_plain<tanh_slope>, false};
  return result;
}

} // namespace ganglion
