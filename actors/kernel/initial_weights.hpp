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

} // namespace ganglion
