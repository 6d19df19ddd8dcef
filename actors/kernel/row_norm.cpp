#include "actors/kernel/row_norm.hpp"

#include <array>
#include <cmath>

namespace ganglion {

namespace {

constexpr std::size_t sum_chains = 8;

/// The sum of f(i) for all i below `count`.
template <class F>
double sum_of(std::size_t count, F f) {
  std::array<double, sum_chains> sums{};
  std::size_t i = 0;
  for (; i + sum_chains <= count; i += sum_chains)
    for (std::size_t k = 0; k < sum_chains; ++k)
      sums[k] += f(i + k);
  for (std::size_t k = 0; i + k < count; ++k)
    sums[k] += f(i + k);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3]))
         + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

double square(double x) {
  return x * x;
}

} // namespace

row_moments moments_of(std::span<const float> row,
                       const row_normalisation& how) {
  auto count = static_cast<double>(row.size());
  auto mean = 0.0;
  if (how.centred)
    mean = sum_of(row.size(), [&](std::size_t i) { return double{row[i]}; })
           / count;
  auto squares = sum_of(
    row.size(), [&](std::size_t i) { return square(double{row[i]} - mean); });
  return {static_cast<float>(mean),
          static_cast<float>(1 / std::sqrt(squares / count + how.epsilon))};
}

void undo_norm(std::span<const float> row, const row_moments& moments,
               const row_normalisation& how, std::span<const float> h,
               std::size_t first, std::span<float> to) {
  auto count = static_cast<double>(row.size());
  auto weighted = sum_of(h.size(), [&](std::size_t i) {
    return double{h[i]} * double{moments.normal(row[first + i])};
  });
  auto slope = static_cast<float>(weighted / count);
  auto shift = 0.0f;
  if (how.centred)
    shift = static_cast<float>(
      sum_of(h.size(), [&](std::size_t i) { return double{h[i]}; }) / count);
  for (std::size_t j = 0; j < to.size(); ++j)
    to[j] = -moments.scale * (moments.normal(row[j]) * slope + shift);
  for (std::size_t i = 0; i < h.size(); ++i)
    to[first + i] += moments.scale * h[i];
}

} // namespace ganglion
