#include "actors/kernel/initial_weights.hpp"

#include <algorithm>
#include <cmath>

#include "actors/kernel/functions/functions.hpp"
#include "actors/kernel/philox.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/values/portable_math.hpp"

namespace ganglion {

namespace {

/// Tells these words from those of uniform weights.
constexpr std::uint64_t normal_stream = 0x6e6f726d616c0000;

/// A normal number of two words: half a turn has all the cosines that a whole
/// one has.
float normal_from(std::uint32_t a, std::uint32_t b) {
  // From above 0 to 1, since 0 has no logarithm.
  auto share = unit_float(a) + 0x1p-24f;
  auto length = std::sqrt(-2.0f * apply(lane_function::log, share));
  return static_cast<float>(double{length}
                            * half_turn_cosine(double{unit_float(b)}));
}

} // namespace

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

float weight_deviation(const network& net, layer_id id, float deviation) {
  if (!rule_of(net.at(id)).adds_to_row())
    return deviation;
  auto count = std::ranges::count_if(
    net.layers(), [](const layer& x) { return rule_of(x).adds_to_row(); });
  return static_cast<float>(double{deviation}
                            / std::sqrt(static_cast<double>(count)));
}

void draw_normal(std::uint64_t seed, neuron_id neuron,
                 std::uint64_t first_input, float deviation,
                 std::span<float> weights) {
  auto key = key_of(seed ^ normal_stream);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    auto input = first_input + i;
    auto words = philox({static_cast<std::uint32_t>(neuron),
                         static_cast<std::uint32_t>(neuron >> 32),
                         static_cast<std::uint32_t>(input),
                         static_cast<std::uint32_t>(input >> 32)},
                        key);
    weights[i] = normal_from(words[0], words[1]) * deviation;
  }
}

} // namespace ganglion
