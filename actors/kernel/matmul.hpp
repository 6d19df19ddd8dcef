// The three products of a dense layer, float32, through oneDNN's matmul
// primitive. All matrices are row-major and contiguous. Single-threaded; each
// thread keeps its own primitives, so calls from several threads are
// independent. Callers fix the shapes: a result's bits depend on them.
#pragma once

#include <cstddef>

namespace ganglion {

/// c[m x n] = a[m x k] * b[n x k]^T, plus c itself where `accumulate`.
/// Outputs of a layer: samples x inputs, times neurons x inputs.
void matmul_nt(const float* a, const float* b, float* c, std::size_t m,
               std::size_t n, std::size_t k, bool accumulate);

/// c[m x n] = a[k x m]^T * b[k x n], plus c itself where `accumulate`.
/// Gradient of weights: samples x neurons, times samples x inputs.
void matmul_tn(const float* a, const float* b, float* c, std::size_t m,
               std::size_t n, std::size_t k, bool accumulate);

/// c[m x n] = a[m x k] * b[k x n].
/// Gradient of inputs: samples x neurons, times neurons x inputs.
void matmul_nn(const float* a, const float* b, float* c, std::size_t m,
               std::size_t n, std::size_t k);

} // namespace ganglion
