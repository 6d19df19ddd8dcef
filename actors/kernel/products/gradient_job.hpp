// A gradient's product on its way to the kernels: C[rows x width] from A[rows x
// depth] and B[depth x width], with A a delta or its transpose. Views of the
// caller's memory.
#pragma once

#include <cstddef>
#include <span>

#include "actors/kernel/products/leaves.hpp"
#include "actors/kernel/products/products.hpp"

namespace ganglion {

struct gradient_job {
  const float* b = nullptr;
  std::size_t width = 0;
  std::span<const product_leaf> leaves;
  /// Sums that wait at the most.
  std::size_t levels = 0;
  gradient_use use;
  float* to = nullptr;
  /// One delta at a time, of the weights' gradient.
  delta_view delta;
  /// Whether nobody has copied B's panels yet.
  bool in_place = false;
  float* stack = nullptr;
};

} // namespace ganglion
