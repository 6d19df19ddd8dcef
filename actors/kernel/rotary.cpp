#include "actors/kernel/rotary.hpp"

#include <numbers>

#include "actors/kernel/functions/circular.hpp"

namespace ganglion {

namespace {

/// The root of this order, by Newton's method, which only adds and multiplies.
double root_of(double x, std::size_t order) {
  constexpr int rounds = 200;
  double y = 1 + (x - 1) / static_cast<double>(order);
  for (int i = 0; i < rounds; ++i) {
    double power = 1;
    for (std::size_t k = 1; k < order; ++k)
      power *= y;
    auto next = y - (power * y - x) / (static_cast<double>(order) * power);
    if (next == y)
      break;
    y = next;
  }
  return y;
}

/// As Llama 3 has it: fast ones stay, slow ones are divided by the factor, and
/// between is a line from one to the other.
double llama3_speed(double speed, const attention_settings& x) {
  auto length = 2 * std::numbers::pi / speed;
  if (length < x.context / x.high)
    return speed;
  if (length > x.context / x.low)
    return speed / x.factor;
  auto fast = (x.context / length - x.low) / (x.high - x.low);
  return (1 - fast) * speed / x.factor + fast * speed;
}

} // namespace

rotary::rotary(const attention_settings& x) {
  if (x.theta == 0)
    return;
  auto half = x.head / 2;
  // theta^(-2j / head), one after the other.
  auto ratio = 1 / root_of(x.theta, half);
  double speed = 1;
  for (std::size_t j = 0; j < half; ++j) {
    auto own = x.scaling == rotary_scaling::linear   ? speed / x.factor
               : x.scaling == rotary_scaling::llama3 ? llama3_speed(speed, x)
                                                     : speed;
    speeds_.push_back(static_cast<float>(own));
    speed *= ratio;
  }
}

void rotary::turn(std::span<float> head, std::uint64_t position,
                  float sign) const {
  auto half = speeds_.size();
  for (std::size_t j = 0; j < half; ++j) {
    // Rounded as those who trained it have rounded it.
    auto angle = double{static_cast<float>(position) * speeds_[j]};
    auto [sine, cosine] = circular_of(angle);
    auto c = static_cast<float>(cosine);
    auto s = sign * static_cast<float>(sine);
    auto a = head[j];
    auto b = head[half + j];
    head[j] = a * c - b * s;
    head[half + j] = b * c + a * s;
  }
}

void rotary::turn(std::span<float> head, std::uint64_t position) const {
  turn(head, position, 1);
}

void rotary::turn_back(std::span<float> head, std::uint64_t position) const {
  turn(head, position, -1);
}

} // namespace ganglion
