// Hendrycks and Gimpel 2016, arXiv 1606.08415, in its form with tanh, as BERT
// and GPT-2 have it.
#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

const activation_function& gelu_tanh_function() {
  static constexpr activation_function result{
    &apply_lanes<lane_function::gelu_tanh>,
    &scale_lanes<lane_function::gelu_tanh_slope>, true};
  return result;
}

} // namespace ganglion
