#include "metadata/network/tick_readers.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ganglion {

namespace {

std::size_t group_of(std::span<const placed_range> groups, neuron_id id) {
  // Groups of one neuron each are the usual ones.
  auto guess = static_cast<std::size_t>(id - groups.front().range.first);
  if (guess < groups.size() && groups[guess].range.contains(id))
    return guess;
  auto i = std::upper_bound(
    groups.begin(), groups.end(), id,
    [](neuron_id x, const placed_range& y) { return x < y.range.first; });
  return static_cast<std::size_t>(i - groups.begin()) - 1;
}

} // namespace

tick_readers::tick_readers(const network& net, layer_id id,
                           const placement& where,
                           std::span<const placed_range> groups)
  : sets_(1), set_of_(groups.size()) {
  auto layer = net.range_of(id);
  std::vector<std::vector<std::size_t>> read(where.nodes().size());
  for (std::size_t i = 0; i < groups.size(); ++i)
    read[groups[i].node].push_back(i);
  for (const auto& held : where.ranges_of(id))
    for (const auto& x : edges_into(net.at(id).wires, held.range))
      if (layer.contains(x.source))
        read[held.node].push_back(group_of(groups, x.source));
  for (node_index node = 0; node < read.size(); ++node) {
    auto& all = read[node];
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    add(node, all);
  }
}

void tick_readers::add(node_index node, std::span<const std::size_t> groups) {
  std::map<std::uint32_t, std::uint32_t> larger;
  for (auto group : groups) {
    auto& set = set_of_[group];
    auto [i, fresh] = larger.try_emplace(
      set, static_cast<std::uint32_t>(sets_.size()));
    if (fresh) {
      auto nodes = sets_[set];
      nodes.push_back(node);
      sets_.push_back(std::move(nodes));
    }
    set = i->second;
  }
}

} // namespace ganglion
