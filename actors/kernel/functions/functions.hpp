// Functions of one float, on as many lanes as the processor has, by our own
// polynomials: libm's bits differ between versions. An element's bits depend on
// the element alone, not on its place, their number or the instruction set. NaN
// gives the one NaN; infinities and denormal numbers are as IEEE 754 has them.
// Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ganglion {

/// In brackets, the largest error over all floats in units in the last place:
/// of the result or, where that says nothing, of what is named;
/// test/kernel/functions.cpp measures them.
enum class lane_function : std::uint8_t {
  /// [1.1]
  exp,
  /// [1]
  log,
  /// [1.5]
  tanh,
  /// 1 / (1 + e^-x). [2.5]
  sigmoid,
  /// [1]
  erf,
  /// x times its sigmoid (Hendrycks and Gimpel 2016; Elfwing et al. 2018). [2
  /// of x]
  silu,
  /// Its derivative. [2 of 1]
  silu_slope,
  /// x times the share of the normal distribution below x (Hendrycks and Gimpel
  /// 2016, arXiv 1606.08415), in its exact form. [2 of x]
  gelu,
  /// Its derivative. [2 of 1]
  gelu_slope,
  /// The same by tanh, as in the paper. [2 of x]
  gelu_tanh,
  /// Its derivative. [4 of 1]
  gelu_tanh_slope,
};

constexpr std::size_t lane_function_count = 11;

/// y[i] = f(x[i]); x and y may be the same.
void apply(lane_function f, const float* x, float* y, std::size_t count);

/// The same of one number.
float apply(lane_function f, float x);

} // namespace ganglion
