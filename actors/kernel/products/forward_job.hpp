// A forward product on its way to the kernels: what forward_product was given,
// the order of its sum, and room for what waits. Views of the caller's memory.
#pragma once

#include <cstddef>
#include <span>

#include "actors/kernel/products/leaves.hpp"
#include "actors/kernel/products/products.hpp"

namespace ganglion {

struct forward_job {
  std::span<const product_input> inputs;
  std::span<const product_leaf> leaves;
  /// Sums that wait at the most.
  std::size_t levels = 0;
  const float* bias = nullptr;
  std::size_t rows = 0;
  std::size_t neurons = 0;
  /// [rows x neurons].
  float* y = nullptr;
  float* stack = nullptr;
};

} // namespace ganglion
