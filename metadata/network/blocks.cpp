#include "metadata/network/blocks.hpp"

#include <algorithm>
#include <bit>

namespace ganglion {

std::uint64_t default_block_size(std::uint64_t neurons) noexcept {
  auto quarter = std::bit_floor(std::max<std::uint64_t>(neurons / 4, 1));
  return std::min(neurons, std::clamp<std::uint64_t>(quarter, 16, 128));
}

std::uint64_t block_count(const network& net, layer_id id) {
  const auto& x = net.at(id);
  return (x.neurons + x.block_size - 1) / x.block_size;
}

neuron_range block_range(const network& net, layer_id id, std::uint64_t index) {
  auto all = net.range_of(id);
  auto first = all.first + index * net.at(id).block_size;
  return intersection(all, {first, net.at(id).block_size});
}

std::uint64_t block_of(const network& net, layer_id id, neuron_id neuron) {
  return (neuron - net.range_of(id).first) / net.at(id).block_size;
}

bool on_block_border(const network& net, layer_id id, neuron_id neuron) {
  auto all = net.range_of(id);
  return neuron == all.end()
         || (neuron - all.first) % net.at(id).block_size == 0;
}

std::vector<neuron_range> split_at_blocks(const network& net, layer_id id,
                                          neuron_range range) {
  std::vector<neuron_range> result;
  for_each_block(net, id, range,
                 [&result](neuron_range x) { result.push_back(x); });
  return result;
}

} // namespace ganglion
