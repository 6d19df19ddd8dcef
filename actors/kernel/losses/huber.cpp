// Huber's loss with delta 1 (Huber 1964), mean over outputs: half of the
// squared difference up to 1, beyond it the absolute one less 1/2.
#include "actors/kernel/losses/loss_function.hpp"

namespace ganglion {

namespace {

double huber_error(float d) {
  auto x = std::fabs(static_cast<double>(d));
  return x <= 1 ? x * x / 2 : x - 0.5;
}

float huber_error_slope(float d) {
  return d > 1 ? 1.0f : d < -1 ? -1.0f : d;
}

} // namespace

double huber_loss(std::span<const float> outputs, std::span<const float> wanted,
                  float scale, float* gradient) {
  return error_row<huber_error, huber_error_slope>(outputs, wanted, scale,
                                                   gradient);
}

} // namespace ganglion
