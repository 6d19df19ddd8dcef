// Finds values that are no numbers any more: NaN, or infinite. Pure functions.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "metadata/network/neuron_range.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// The rows of tensors of one shape that hold such a value in any of them, in
/// order; a row is called by the neuron that is as far into `neurons`.
std::vector<neuron_range> not_finite_rows(std::span<const tensor> arrays,
                                          neuron_range neurons);

/// How many rows of `x` hold one.
std::uint64_t count_not_finite(const tensor& x);

/// The same value, but that there is one NaN: which operand's sign it has would
/// depend on where and in which order was computed.
template <class T>
T one_nan(T x) noexcept {
  return std::isnan(x) ? std::numeric_limits<T>::quiet_NaN() : x;
}

} // namespace ganglion
