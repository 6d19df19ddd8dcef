#include <algorithm>
#include <cmath>

#include "actors/kernel/products/leaves.hpp"
#include "actors/kernel/products/products.hpp"
#include "actors/kernel/products/scratch.hpp"

namespace ganglion {

namespace {

/// sums[neurons] of one leaf of rows.
void sum_leaf(const delta_view& d, const product_leaf& leaf, float* sums) {
  std::fill_n(sums, d.neurons, 0.0f);
  for (std::size_t r = leaf.first; r < leaf.first + leaf.count; ++r)
    for (std::size_t i = 0; i < d.neurons; ++i)
      sums[i] += d.values[r * d.stride + i];
}

/// The sums of all rows, on `stack`.
void sum_rows(const delta_view& d, const leaf_list& order, float* stack) {
  auto top = stack;
  for (const auto& leaf : order.leaves()) {
    sum_leaf(d, leaf, top);
    for (auto left = leaf.merges; left > 0; --left, top -= d.neurons)
      for (std::size_t i = 0; i < d.neurons; ++i)
        (top - d.neurons)[i] += top[i];
    top += d.neurons;
  }
}

} // namespace

void bias_gradient(std::span<const delta_view> deltas, gradient_use use,
                   float* to) {
  if (deltas.empty() || deltas.front().rows == 0)
    return;
  auto order = leaves_of(deltas.front().rows);
  for (const auto& d : deltas) {
    auto sums = scratch(scratch_use::stack, (order.levels() + 1) * d.neurons);
    sum_rows(d, order, sums);
    for (std::size_t i = 0; i < d.neurons; ++i)
      to[i] = use.adds ? std::fma(use.factor, sums[i], to[i]) : sums[i];
    to += d.neurons;
  }
}

} // namespace ganglion
