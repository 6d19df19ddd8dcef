// Where things are in an attention layer's parameters, and what a position
// sees. For attention's own files.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "actors/kernel/attention_look.hpp"
#include "metadata/layers/attention_settings.hpp"

namespace ganglion {

inline constexpr std::size_t query_part = 0;
inline constexpr std::size_t key_part = 1;
inline constexpr std::size_t value_part = 2;
/// Where there are biases.
inline constexpr std::size_t query_bias_part = 3;
inline constexpr std::size_t key_bias_part = 4;
inline constexpr std::size_t value_bias_part = 5;

/// Of the queries; that of the keys follows.
inline std::size_t first_norm_part(const attention_settings& x) {
  return x.biases ? value_bias_part + 1 : value_part + 1;
}

inline float scale_of(const attention_settings& x) {
  return 1 / std::sqrt(static_cast<float>(x.head));
}

/// What the row at `position` sees of keys and values from position 0 on.
inline head_view view_from(const attention_settings& x, const float* keys,
                           const float* values, std::uint64_t position) {
  auto first = x.window > 0 && position >= x.window ? position + 1 - x.window
                                                    : 0;
  return {keys + first * x.head, values + first * x.head, x.head, first,
          position + 1 - first};
}

} // namespace ganglion
