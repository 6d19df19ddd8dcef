// Blocks: fixed pieces of a layer, the units of summation. Their borders depend
// on the network alone, never on placement, so that every order of addition is
// fixed before anybody decides where a neuron lives. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "metadata/network/network.hpp"
#include "metadata/network/neuron_range.hpp"

namespace ganglion {

/// The largest power of two up to a quarter of the width, at least 16, at most
/// 128 (a layer narrower than 16 is one block).
std::uint64_t default_block_size(std::uint64_t neurons) noexcept;

/// Number of blocks of a layer; the last one may be shorter.
std::uint64_t block_count(const network& net, layer_id id);

/// The neurons of block `index` of a layer.
neuron_range block_range(const network& net, layer_id id, std::uint64_t index);

/// Index of the block that holds a neuron of this layer.
std::uint64_t block_of(const network& net, layer_id id, neuron_id neuron);

/// Whether a border before `neuron` lies between two blocks of the layer (or
/// at either end of the layer).
bool on_block_border(const network& net, layer_id id, neuron_id neuron);

/// Calls `f` with each part of `range`, which lies in one layer, cut at block
/// borders, in ID order. A part shorter than its block means that `range` cuts
/// the block.
template <class F>
void for_each_block(const network& net, layer_id id, neuron_range range, F f) {
  for (auto left = range; !left.empty();) {
    auto block = block_range(net, id, block_of(net, id, left.first));
    auto part = intersection(left, block);
    f(part);
    left = range_between(part.end(), left.end());
  }
}

/// The parts that `for_each_block` visits.
std::vector<neuron_range> split_at_blocks(const network& net, layer_id id,
                                          neuron_range range);

} // namespace ganglion
