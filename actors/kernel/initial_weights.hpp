// Initial weights, drawn from (seed, neuron, input) alone, so that they are the
// same wherever a neuron lives and whatever its neighbours. Pure functions.
#pragma once

#include <cstdint>
#include <span>

#include "metadata/network/network.hpp"

namespace ganglion {

/// The bound of the uniform distribution for a layer: sqrt(6 / fan_in) for relu
/// and its like (He et al. 2015, arXiv 1502.01852), else sqrt(6 / (fan_in +
/// width)) (Glorot and Bengio 2010).
float weight_limit(const network& net, layer_id id);

/// Fills the weights of one neuron for its inputs first_input, first_input + 1,
/// ..., uniform in [-limit, limit).
void draw_weights(std::uint64_t seed, neuron_id neuron,
                  std::uint64_t first_input, float limit,
                  std::span<float> weights) noexcept;

/// `deviation`, and of layers that add to a row (as GPT-2's, Radford et al.
/// 2019) what it is divided by the square root of their number, so that the row
/// does not become larger with every block.
float weight_deviation(const network& net, layer_id id, float deviation);

/// The same as draw_weights, but normal, by Box and Muller 1958.
void draw_normal(std::uint64_t seed, neuron_id neuron,
                 std::uint64_t first_input, float deviation,
                 std::span<float> weights);

} // namespace ganglion
