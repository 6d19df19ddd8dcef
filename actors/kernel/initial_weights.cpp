#include "actors/kernel/initial_weights.hpp"

#include <cmath>

#include "actors/kernel/philox.hpp"

namespace ganglion {

float weight_limit(const network& net, layer_id id) {
  auto fan_in = static_cast<double>(net.fan_in(id));
  auto width = static_cast<double>(net.width_of(id));
  auto rectified = is_rectified(net.at(id).activation);
  return static_cast<float>(
    std::sqrt(6.0 / (rectified ? fan_in : fan_in + width)));
}

void draw_weights(std::uint64_t seed, neuron_id neuron,
                  std::uint64_t first_input, float limit,
                  std::span<float> weights) noexcept {
  auto key = key_of(seed);
  philox_counter words{};
  auto block = ~std::uint64_t{0};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    auto input = first_input + i;
    if (input / 4 != block) {
      block = input / 4;
      words = philox({static_cast<std::uint32_t>(neuron),
                      static_cast<std::uint32_t>(neuron >> 32),
                      static_cast<std::uint32_t>(block),
                      static_cast<std::uint32_t>(block >> 32)},
                     key);
    }
    weights[i] = (2.0f * unit_float(words[input % 4]) - 1.0f) * limit;
  }
}

} // namespace ganglion
