#include "actors/kernel/functions/circular.hpp"

#include <cstdint>

namespace ganglion {

namespace {

// pi / 2 in two parts, of which the first has 33 bits, so that its product with
// a number of quarters below 2^20 is exact (Cody and Waite 1980).
constexpr double quarter_high = 1.57079632673412561417e+00;
constexpr double quarter_low = 6.07710050650619224932e-11;
constexpr double quarters_per_radian = 6.36619772367581382433e-01;

/// Taylor's series up to r^17 / 17!; |r| is at most pi / 4.
double sine_near(double r) {
  constexpr int last = 17;
  auto square = r * r;
  double result = 1;
  for (int k = last; k >= 3; k -= 2)
    result = 1 - result * (square / static_cast<double>(k * (k - 1)));
  return r * result;
}

/// The same up to r^18 / 18!.
double cosine_near(double r) {
  constexpr int last = 18;
  auto square = r * r;
  double result = 1;
  for (int k = last; k >= 2; k -= 2)
    result = 1 - result * (square / static_cast<double>(k * (k - 1)));
  return result;
}

} // namespace

sine_cosine circular_of(double angle) noexcept {
  auto exact = angle * quarters_per_radian;
  auto quarters = static_cast<std::int64_t>(exact);
  if (exact - static_cast<double>(quarters) >= 0.5)
    ++quarters;
  auto count = static_cast<double>(quarters);
  auto r = (angle - count * quarter_high) - count * quarter_low;
  auto s = sine_near(r);
  auto c = cosine_near(r);
  switch (quarters & 3) {
    case 0:
      return {s, c};
    case 1:
      return {c, -s};
    case 2:
      return {-s, -c};
    default:
      return {-c, s};
  }
}

} // namespace ganglion
