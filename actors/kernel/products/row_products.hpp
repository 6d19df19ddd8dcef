// The products of a dense layer, for kinds that have rows of weights for an
// input among other parameters. Pure functions of one thread.
#pragma once

#include <cstddef>

#include "actors/kernel/parameter_block.hpp"
#include "actors/kernel/products/products.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// What a layer reads of one of its inputs: x [rows x width]. Leaves begin
/// where blocks of the input do.
product_input product_of(const parameter_block& of, std::size_t input,
                         const tensor& x, const float* weights);

/// y[rows x neurons] = x W^T + bias, of the first input of a layer; `bias` may
/// be null for zeros.
void forward_product(const parameter_block& of, const tensor& x,
                     const float* weights, const float* bias,
                     std::size_t neurons, float* y);

/// The columns first, ..., first + count - 1 of dL/d(outputs).
delta_view deltas_of(const tensor& gradient, std::size_t first,
                     std::size_t count);

} // namespace ganglion
