// Sums over rows in the one order that all such sums have: a chain over each
// leaf of 128 rows, leaves in a tree that splits at powers of two.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>
#include <vector>

namespace ganglion {

/// The sum of rows first, ..., last - 1, of which there is one at least:
/// `add(r, to)` adds row `r` to `to`.
template <class F>
void sum_rows(std::size_t first, std::size_t last, std::span<float> to, F add) {
  constexpr std::size_t leaf = 128;
  auto leaves = (last - first + leaf - 1) / leaf;
  if (leaves > 1) {
    auto middle = first + leaf * std::bit_floor(leaves - 1);
    std::vector<float> right(to.size());
    sum_rows(first, middle, to, add);
    sum_rows(middle, last, std::span{right}, add);
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i] += right[i];
    return;
  }
  std::ranges::fill(to, 0.0f);
  for (auto r = first; r < last; ++r)
    add(r, to);
}

} // namespace ganglion
