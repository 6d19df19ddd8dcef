// XXH3-64 with its default secret and seed 0: the checksum of all files of the
// store. Finds damage, not forgery. A pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ganglion {

std::uint64_t checksum(std::span<const std::byte> bytes) noexcept;

} // namespace ganglion
