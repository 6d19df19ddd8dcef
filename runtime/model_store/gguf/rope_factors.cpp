#include "runtime/model_store/gguf/rope_factors.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ganglion {

namespace {

/// By what Llama 3 divides a speed of this wave length.
double divisor_of(double length, const llama3_scaling& x) {
  if (length < x.context / x.high)
    return 1;
  if (length > x.context / x.low)
    return x.factor;
  auto fast = (x.context / length - x.low) / (x.high - x.low);
  return 1 / ((1 - fast) / x.factor + fast);
}

bool gives(const llama3_scaling& x, std::span<const float> factors,
           double theta) {
  // The converter takes speeds in float32.
  constexpr double close = 1e-5;
  auto count = static_cast<double>(factors.size());
  for (std::size_t i = 0; i < factors.size(); ++i) {
    auto length = 2 * std::numbers::pi
                  * std::pow(theta, static_cast<double>(i) / count);
    auto wanted = divisor_of(length, x);
    if (!(std::abs(factors[i] - wanted) <= close * wanted))
      return false;
  }
  return true;
}

} // namespace

std::optional<llama3_scaling>
find_llama3_scaling(std::span<const float> factors, double theta) {
  constexpr double longest = 1 << 24;
  if (factors.empty())
    return std::nullopt;
  llama3_scaling result;
  // The slowest ones are divided by it.
  result.factor = *std::ranges::max_element(factors);
  if (!(result.factor >= 1) || !std::isfinite(result.factor))
    return std::nullopt;
  // As Llama 3 is published.
  if (gives(result, factors, theta))
    return result;
  for (result.context = 16; result.context <= longest; result.context *= 2)
    if (gives(result, factors, theta))
      return result;
  return std::nullopt;
}

} // namespace ganglion
