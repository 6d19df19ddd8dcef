// The absolute difference, mean over outputs; its slope at 0 is taken as 0.
#include "actors/kernel/losses/loss_function.hpp"

namespace ganglion {

namespace {

double absolute_error(float d) {
  return std::fabs(static_cast<double>(d));
}

float absolute_error_slope(float d) {
  return d > 0 ? 1.0f : d < 0 ? -1.0f : d;
}

} // namespace

double mean_absolute_error_loss(std::span<const float> outputs,
                                std::span<const float> wanted, float scale,
                                float* gradient) {
  return error_row<absolute_error, absolute_error_slope>(outputs, wanted, scale,
                                                         gradient);
}

} // namespace ganglion
