// How one head looks back from one position: scores, their softmax, and the
// weighted sum of values. Pure functions; the order of every sum is fixed.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ganglion {

/// What a head sees: `count` positions, whose keys and values lie row after row
/// [count x head]. The first of them is position `first` of the sequence, where
/// blocks of 64 begin at multiples of 64.
struct head_view {
  const float* keys = nullptr;
  const float* values = nullptr;
  std::size_t head = 0;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// How much each position counts, summing up to 1: the softmax of the scores
/// query * key * scale.
void attend(std::span<const float> query, const head_view& seen, float scale,
            std::vector<float>& weights);

/// to[head] = sum of weight * value over the positions.
void mix(const head_view& seen, std::span<const float> weights,
         std::span<float> to);

/// to[j] = with * value of position j: what flows back to its weight.
void dots(std::span<const float> with, const head_view& seen,
          std::span<float> to);

} // namespace ganglion
