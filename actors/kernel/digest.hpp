// Digests of parameters that do not depend on where neurons live: SHA-256 of
// each neuron's row as little-endian float32, then of all those in ID order.
// All NaN count as one.
#pragma once

#include <cstdint>
#include <vector>

#include "metadata/values/tensor.hpp"

namespace ganglion {

/// 32 bytes per row of `parameters`.
std::vector<std::uint8_t> row_digests(const tensor& parameters);

} // namespace ganglion
