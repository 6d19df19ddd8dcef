// What the settings of an attention layer are, by name. Plain values; they are
// kept as numbers in layer::settings.
#pragma once

#include <cstdint>
#include <vector>

#include "metadata/layers/layer.hpp"

namespace ganglion {

/// How positions that are further apart than those of the training are turned.
enum class rotary_scaling : std::uint8_t {
  none,
  /// All angles divided by `factor` (Chen et al. 2023, arXiv 2306.15595).
  linear,
  /// Only slow ones, as Llama 3 has it.
  llama3,
};

struct attention_settings {
  /// Values of a head, and query heads per key-value group.
  std::uint64_t head = 0;
  std::uint64_t queries = 1;
  /// How many positions, the own one included, a head sees; 0: all.
  std::uint64_t window = 0;
  /// Base of the rotary positions (Su et al. 2021, arXiv 2104.09864); 0: none.
  double theta = 0;
  rotary_scaling scaling = rotary_scaling::none;
  double factor = 1;
  /// Of llama3: wave lengths context / high and context / low.
  double low = 0;
  double high = 0;
  double context = 0;
  /// Of the normalisation of queries and keys, head by head; 0: none.
  double epsilon = 0;
  bool biases = false;
};

/// Of a layer with as many settings as the rule names.
attention_settings settings_of(const layer& x);

std::vector<double> to_settings(const attention_settings& x);

} // namespace ganglion
