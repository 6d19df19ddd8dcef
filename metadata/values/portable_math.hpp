// What is computed of single doubles, by additions and multiplications alone:
// the bits of libm's functions differ between its versions, and results follow
// from these. Pure functions.
#pragma once

#include <cstdint>

namespace ganglion {

/// x to the power of n, by squaring; 1 for n = 0.
double power(double x, std::uint64_t n) noexcept;

/// cos(pi t) for t from 0 to 1, within 2^-50.
double half_turn_cosine(double t) noexcept;

} // namespace ganglion
