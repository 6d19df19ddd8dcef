// The three products of a dense layer, float32. Every element is a sum over
// leaves of at most 128 inner values: a leaf is one chain of fused
// multiply-adds that starts at 0, leaves are added in the binary tree of
// metadata/network/summation_tree.hpp. So bits depend on neither the number of
// rows or columns nor the instruction set, and an element may be computed
// anywhere. Pure functions of one thread; matrices are row-major.
#pragma once

#include <cstddef>
#include <span>

namespace ganglion {

/// What a layer reads of one input: x [rows x width] and W [neurons x width],
/// both without gaps between rows. A leaf of the sum begins at each multiple of
/// `block` (the values of a block of the input's neurons) and, within, of 128.
struct product_input {
  const float* values = nullptr;
  const float* weights = nullptr;
  std::size_t width = 0;
  std::size_t block = 0;
};

/// y[rows x neurons] = sum over inputs of x W^T, one tree over the leaves of
/// all inputs, plus bias[neurons].
void forward_product(std::span<const product_input> inputs, const float* bias,
                     std::size_t rows, std::size_t neurons, float* y);

/// d[rows x neurons], a view with a row every `stride` floats.
struct delta_view {
  const float* values = nullptr;
  std::size_t rows = 0;
  std::size_t neurons = 0;
  std::size_t stride = 0;
};

/// What becomes of a gradient g: to = g, or to = factor * g + to, fused.
struct gradient_use {
  bool adds = false;
  float factor = 1;
};

/// to[neurons x width] from g = d^T x, x [rows x width]: leaves of 128 rows.
/// The deltas, all of the same rows and none empty, follow each other in `to`.
void weight_gradient(std::span<const delta_view> deltas, const float* x,
                     std::size_t width, gradient_use use, float* to);

/// to[neurons] from the sums of the deltas' columns, in the same order: a
/// weight whose input is 1.
void bias_gradient(std::span<const delta_view> deltas, gradient_use use,
                   float* to);

/// to[rows x width] = d W, W [neurons x width]: leaves of 128 neurons, a leaf
/// begins with each delta; one tree over the leaves of all. The deltas, all of
/// the same rows and none empty, follow each other in W.
void input_product(std::span<const delta_view> deltas, const float* weights,
                   std::size_t width, float* to);

/// The same of one delta.
inline void input_product(const delta_view& d, const float* weights,
                          std::size_t width, float* to) {
  input_product({&d, 1}, weights, width, to);
}

} // namespace ganglion
