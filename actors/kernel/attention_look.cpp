#include "actors/kernel/attention_look.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "actors/kernel/functions/functions.hpp"

namespace ganglion {

namespace {

/// Positions whose sums are one chain.
constexpr std::size_t positions_per_block = 64;

/// Calls `f` with the positions of each block, counted from the first seen.
template <class F>
void each_position_block(const head_view& seen, F f) {
  for (std::size_t begin = 0; begin < seen.count;) {
    auto into = (seen.first + begin) % positions_per_block;
    auto end = std::min(seen.count, begin + positions_per_block - into);
    f(begin, end);
    begin = end;
  }
}

/// Sums are chains, which wait for themselves: so many go side by side.
constexpr std::size_t chains = 8;

/// Calls `f` with a constant number of chains, and with 1 for the rest.
template <class F>
void each_chain(std::size_t count, F f) {
  std::size_t j = 0;
  for (; j + chains <= count; j += chains)
    f(j, std::integral_constant<std::size_t, chains>{});
  for (; j < count; ++j)
    f(j, std::integral_constant<std::size_t, 1>{});
}

} // namespace

void attend(std::span<const float> query, const head_view& seen, float scale,
            std::vector<float>& weights) {
  weights.resize(seen.count);
  float largest = 0;
  each_chain(seen.count, [&](std::size_t j, auto width) {
    std::array<float, width> sums{};
    for (std::size_t i = 0; i < query.size(); ++i)
      for (std::size_t c = 0; c < width; ++c)
        sums[c] = std::fma(query[i], seen.keys[(j + c) * seen.head + i],
                           sums[c]);
    for (std::size_t c = 0; c < width; ++c)
      weights[j + c] = sums[c] * scale;
  });
  for (std::size_t j = 0; j < seen.count; ++j)
    if (j == 0 || weights[j] > largest)
      largest = weights[j];
  float sum = 0;
  each_position_block(seen, [&](std::size_t begin, std::size_t end) {
    float part = 0;
    for (auto j = begin; j < end; ++j)
      weights[j] -= largest;
    apply(lane_function::exp, weights.data() + begin, weights.data() + begin,
          end - begin);
    for (auto j = begin; j < end; ++j)
      part += weights[j];
    sum += part;
  });
  for (auto& x : weights)
    x /= sum;
}

void mix(const head_view& seen, std::span<const float> weights,
         std::span<float> to) {
  std::ranges::fill(to, 0.0f);
  std::vector<float> part(to.size());
  each_position_block(seen, [&](std::size_t begin, std::size_t end) {
    std::ranges::fill(part, 0.0f);
    for (auto j = begin; j < end; ++j)
      for (std::size_t i = 0; i < to.size(); ++i)
        part[i] = std::fma(weights[j], seen.values[j * seen.head + i], part[i]);
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i] += part[i];
  });
}

void dots(std::span<const float> with, const head_view& seen,
          std::span<float> to) {
  each_chain(seen.count, [&](std::size_t j, auto width) {
    std::array<float, width> sums{};
    for (std::size_t i = 0; i < with.size(); ++i)
      for (std::size_t c = 0; c < width; ++c)
        sums[c] += with[i] * seen.values[(j + c) * seen.head + i];
    std::ranges::copy(sums, to.data() + j);
  });
}

} // namespace ganglion
