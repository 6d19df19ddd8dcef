#include "actors/kernel/activation.hpp"

#include <cmath>
#include <numbers>

namespace ganglion {

namespace {

constexpr float inv_sqrt2 = std::numbers::sqrt2_v<float> / 2;

float relu(float x) {
  // Written so that NaN stays NaN.
  return x < 0.0f ? 0.0f : x;
}

float sigmoid(float x) {
  return 1.0f / (1.0f + std::exp(-x));
}

/// Hendrycks and Gimpel 2016, arXiv 1606.08415, in its exact form.
float gelu(float x) {
  return 0.5f * x * (1.0f + std::erf(x * inv_sqrt2));
}

float gelu_derivative(float x) {
  constexpr float inv_sqrt_2pi = std::numbers::inv_sqrtpi_v<float> * inv_sqrt2;
  auto density = inv_sqrt_2pi * std::exp(-0.5f * x * x);
  return 0.5f * (1.0f + std::erf(x * inv_sqrt2)) + x * density;
}

template <class F>
void map(const float* x, float* y, std::size_t count, F f) {
  for (std::size_t i = 0; i < count; ++i)
    y[i] = f(x[i]);
}

template <class F>
void scale(const float* saved, const float* gradient, float* delta,
           std::size_t count, F f) {
  for (std::size_t i = 0; i < count; ++i)
    delta[i] = gradient[i] * f(saved[i]);
}

} // namespace

void activate(activation_kind kind, const float* x, float* y,
              std::size_t count) {
  switch (kind) {
    case activation_kind::identity:
      return map(x, y, count, [](float v) { return v; });
    case activation_kind::relu:
      return map(x, y, count, relu);
    case activation_kind::sigmoid:
      return map(x, y, count, sigmoid);
    case activation_kind::tanh:
      return map(x, y, count, [](float v) { return std::tanh(v); });
    case activation_kind::gelu:
      return map(x, y, count, gelu);
  }
}

bool needs_raw(activation_kind kind) noexcept {
  return kind == activation_kind::gelu;
}

void scale_by_derivative(activation_kind kind, const float* saved,
                         const float* gradient, float* delta,
                         std::size_t count) {
  switch (kind) {
    case activation_kind::identity:
      return scale(saved, gradient, delta, count, [](float) { return 1.0f; });
    case activation_kind::relu:
      return scale(saved, gradient, delta, count,
                   [](float y) { return y > 0.0f ? 1.0f : 0.0f; });
    case activation_kind::sigmoid:
      return scale(saved, gradient, delta, count,
                   [](float y) { return y * (1.0f - y); });
    case activation_kind::tanh:
      return scale(saved, gradient, delta, count,
                   [](float y) { return 1.0f - y * y; });
    case activation_kind::gelu:
      return scale(saved, gradient, delta, count, gelu_derivative);
  }
}

} // namespace ganglion
