// The order of samples in an epoch, from (seed, epoch, count) alone: the same
// on every machine, unlike the standard library's shuffles. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

namespace ganglion {

/// A uniformly drawn permutation of 0, ..., count - 1 (Fisher and Yates).
std::vector<std::uint32_t> permutation(std::uint64_t seed, std::uint64_t epoch,
                                       std::uint32_t count);

/// A number below `bound`, at least 1, in words of its own.
std::uint32_t drawn_below(std::uint64_t seed, std::uint64_t epoch,
                          std::uint32_t bound);

} // namespace ganglion
