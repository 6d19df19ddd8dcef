// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3" (SC 2011): any number of the sequence at once,
// the same on every machine. Pure functions.
#pragma once

#include <array>
#include <cstdint>

namespace ganglion {

using philox_counter = std::array<std::uint32_t, 4>;
using philox_key = std::array<std::uint32_t, 2>;

/// Four random words for a counter and a key.
philox_counter philox(philox_counter counter, philox_key key) noexcept;

/// The key for a 64-bit seed.
constexpr philox_key key_of(std::uint64_t seed) noexcept {
  return {static_cast<std::uint32_t>(seed),
          static_cast<std::uint32_t>(seed >> 32)};
}

/// A float in [0, 1) from the upper 24 bits of a word; exact.
constexpr float unit_float(std::uint32_t word) noexcept {
  return static_cast<float>(word >> 8) * 0x1p-24f;
}

} // namespace ganglion
