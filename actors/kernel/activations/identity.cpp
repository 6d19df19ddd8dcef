// What comes in goes out.
#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

namespace {

float identity_of(float x) {
  return x;
}

float identity_slope(float) {
  return 1.0f;
}

} // namespace

const activation_function& identity_function() {
  static constexpr activation_function result{
    &apply_plain<identity_of>, &scale_plain<identity_slope>, false};
  return result;
}

} // namespace ganglion
