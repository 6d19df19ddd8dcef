// x times its sigmoid (Hendrycks and Gimpel 2016; Elfwing et al. 2018).
#include "actors/kernel/activations/activation_function.hpp"

namespace ganglion {

const activation_function& silu_function() {
  static constexpr activation_function result{
    &apply_lanes<lane_function::silu>, &scale_lanes<lane_function::silu_slope>,
    true};
  return result;
}

} // namespace ganglion
