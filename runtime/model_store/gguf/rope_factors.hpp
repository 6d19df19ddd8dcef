// What a GGUF file's rope_freqs.weight says of positions: llama.cpp's converter
// writes by what each speed is to be divided where transformers' configuration
// has Llama 3's scaling. The numbers of that scaling are found again. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace ganglion {

struct llama3_scaling {
  double factor = 1;
  double low = 1;
  double high = 4;
  double context = 8192;
};

/// Nothing where no scaling of these numbers gives the factors, to what float32
/// can tell. `theta`: the base; contexts of the training are looked for that
/// are powers of two.
std::optional<llama3_scaling>
find_llama3_scaling(std::span<const float> factors, double theta);

} // namespace ganglion
