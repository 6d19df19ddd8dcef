#include "actors/kernel/attention_look.hpp"

#include <algorithm>
#include <cmath>

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

float score_of(std::span<const float> query, const float* key) {
  float sum = 0;
  for (std::size_t i = 0; i < query.size(); ++i)
    sum = std::fma(query[i], key[i], sum);
  return sum;
}

} // namespace

void attend(std::span<const float> query, const head_view& seen, float scale,
            std::vector<float>& weights) {
  weights.resize(seen.count);
  float largest = 0;
  for (std::size_t j = 0; j < seen.count; ++j) {
    weights[j] = score_of(query, seen.keys + j * seen.head) * scale;
    if (j == 0 || weights[j] > largest)
      largest = weights[j];
  }
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

} // namespace ganglion
