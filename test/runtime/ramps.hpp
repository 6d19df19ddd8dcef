// Samples and classes for tests that train a little: values that repeat
// themselves with periods that fit no width. For any number of test cases.
#pragma once

#include <cstddef>
#include <utility>

#include "metadata/values/tensor.hpp"

namespace ganglion {

/// [rows x columns], within -0.4 and 0.6.
inline tensor ramp(std::size_t rows, std::size_t columns) {
  matrix result{rows, columns};
  for (std::size_t i = 0; i < result.size(); ++i)
    result.data()[i] = static_cast<float>((i * 7) % 13) / 13.0f - 0.4f;
  return std::move(result).freeze();
}

/// [rows x 1]: 0, 1, ..., count - 1, 0, ...
inline tensor classes(std::size_t rows, std::size_t count) {
  matrix result{rows, 1};
  for (std::size_t i = 0; i < rows; ++i)
    result.data()[i] = static_cast<float>(i % count);
  return std::move(result).freeze();
}

} // namespace ganglion
