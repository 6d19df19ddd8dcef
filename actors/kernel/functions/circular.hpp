// Sine and cosine of a double, for tables that are made once: additions and
// multiplications alone, so that all machines get the same bits. The error is
// below 1e-15 + 1e-16 * |angle|, for angles up to 2^24. A pure function.
#pragma once

namespace ganglion {

struct sine_cosine {
  double sine = 0;
  double cosine = 1;
};

/// `angle` in radians, 0 or more.
sine_cosine circular_of(double angle) noexcept;

} // namespace ganglion
