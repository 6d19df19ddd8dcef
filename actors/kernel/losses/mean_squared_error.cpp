// The squared difference, mean over outputs.
#include "actors/kernel/losses/loss_function.hpp"

namespace ganglion {

namespace {

double squared_error(float d) {
  return static_cast<double>(d) * static_cast<double>(d);
}

float squared_error_slope(float d) {
  return 2.0f * d;
}

} // namespace

double mean_squared_error_loss(std::span<const float> outputs,
                               std::span<const float> wanted, float scale,
                               float* gradient) {
  return error_row<squared_error, squared_error_slope>(outputs, wanted, scale,
                                                       gradient);
}

} // namespace ganglion
