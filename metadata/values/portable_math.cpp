#include "metadata/values/portable_math.hpp"

#include <numbers>

namespace ganglion {

namespace {

/// 1 + x + x^2/2! ... with the signs and steps of sine or cosine: the sum of
/// terms, each the last one times -square / (n (n + 1)), until it is nothing.
double alternating_series(double first, double square, int n) {
  constexpr int terms = 12;
  // From the smallest term on.
  double result = 1;
  for (int i = terms; i > 0; --i) {
    auto k = n + 2 * (i - 1);
    result = 1 - square / (k * (k + 1)) * result;
  }
  return first * result;
}

} // namespace

double power(double x, std::uint64_t n) noexcept {
  double result = 1;
  for (; n > 0; n /= 2, x *= x)
    if (n % 2 == 1)
      result *= x;
  return result;
}

double half_turn_cosine(double t) noexcept {
  // The quarter next to a zero is a sine, so that it is exact there.
  if (t > 0.75)
    return -half_turn_cosine(1 - t);
  if (t > 0.25) {
    auto x = std::numbers::pi * (0.5 - t);
    return alternating_series(x, x * x, 2);
  }
  auto x = std::numbers::pi * t;
  return alternating_series(1, x * x, 1);
}

} // namespace ganglion
