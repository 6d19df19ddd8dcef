// 1 / (1 + e^-x).
#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

namespace {

float sigmoid_slope(float y) {
  return y * (1.0f - y);
}

} // namespace

const activation_function& sigmoid_function() {
  static constexpr activation_function result{
    &apply_lanes<lane_function::sigmoid>, &scale_plain<sigmoid_slope>, false};
  return result;
}

} // namespace ganglion
