// One tile of a product, which is what a call of the innermost kernel computes:
// some rows of A times some lanes of B over one leaf, and what becomes of it.
// Plain data between the loops of products.cpp and the kernels of each
// instruction set; owns no memory.
#pragma once

#include <cstddef>

namespace ganglion {

/// Inner values whose products are one chain of fused multiply-adds.
constexpr std::size_t leaf_limit = 128;

/// How A lies in a strip, which is copied together for the kernel.
enum class strip_form {
  /// A(m, p) at m * leaf_limit + p.
  by_row,
  /// A(m, p) at p * strip_pitch + m.
  by_inner
};

/// No kernel takes more rows than that at a time.
constexpr std::size_t strip_pitch = 16;

/// What a kernel fetches for later: a cache line of each of so many rows, then
/// their next lines.
constexpr std::size_t fetched_rows = 16;
constexpr std::size_t fetched_line = 16;

struct tile_job {
  const float* a = nullptr;
  /// B(p, lane) at p * b_stride + lane.
  const float* b = nullptr;
  std::size_t b_stride = 0;
  /// What will be read next, fetched_rows of it, is fetched meanwhile; or null.
  const float* next = nullptr;
  std::size_t next_stride = 0;
  /// Where B goes, its rows one after the other, as it is read.
  float* copy = nullptr;
  /// Inner values: at most leaf_limit.
  std::size_t depth = 0;
  /// Sums of whole subtrees before this leaf, a tile each, the last one right
  /// before `top`.
  float* top = nullptr;
  /// How many of them this leaf completes.
  std::size_t merges = 0;
  /// Where the sum goes, a row of `stride` floats for each row of A; null: on
  /// the stack, where the first one it was added to was.
  float* to = nullptr;
  std::size_t stride = 0;
  /// to = factor * sum + to, instead of to = sum.
  bool adds = false;
  float factor = 1;
  /// A float for each lane, which is added to the sum; or null.
  const float* bias = nullptr;
};

} // namespace ganglion
