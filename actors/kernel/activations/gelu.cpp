// Hendrycks and Gimpel 2016, arXiv 1606.08415, in its exact form.
#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

const activation_function& gelu_function() {
  static constexpr activation_function result{
    &apply_lanes<lane_function::gelu>, &scale_lanes<lane_function::gelu_slope>,
    true};
  return result;
}

} // namespace ganglion
