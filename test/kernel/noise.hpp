// Numbers for tests of the kernel: uniform in [-1, 1), the same everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "actors/kernel/philox.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

inline tensor noise(std::size_t rows, std::size_t columns, std::uint32_t salt,
                    std::uint64_t seed = 5) {
  matrix result{rows, columns};
  for (std::size_t i = 0; i < result.size(); ++i)
    result.data()[i] = 2
                         * unit_float(
                           philox({static_cast<std::uint32_t>(i), salt, 0, 0},
                                  key_of(seed))[0])
                       - 1;
  return std::move(result).freeze();
}

} // namespace ganglion
