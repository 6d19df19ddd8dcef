// Activation functions and their derivatives, element by element: an element's
// result never depends on where it stands. Pure functions.
#pragma once

#include <cstddef>

#include "metadata/network/network.hpp"

namespace ganglion {

/// y[i] = f(x[i]); x and y may be the same.
void activate(activation_kind kind, const float* x, float* y,
              std::size_t count);

/// Whether the derivative needs the values before the activation; otherwise it
/// is a function of the outputs.
bool needs_raw(activation_kind kind) noexcept;

/// delta[i] = gradient[i] * f'(...), where `saved` holds the raw values or the
/// outputs, as `needs_raw` says. delta and gradient may be the same.
void scale_by_derivative(activation_kind kind, const float* saved,
                         const float* gradient, float* delta,
                         std::size_t count);

} // namespace ganglion
