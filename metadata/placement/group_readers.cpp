#include "metadata/placement/group_readers.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ganglion {

namespace {

std::size_t group_with(std::span<const placed_range> groups, neuron_id id) {
  // Groups of one neuron each are the usual ones of very many.
  auto guess = static_cast<std::size_t>(id - groups.front().range.first);
  if (guess < groups.size() && groups[guess].range.contains(id))
    return guess;
  auto i = std::upper_bound(
    groups.begin(), groups.end(), id,
    [](neuron_id x, const placed_range& y) { return x < y.range.first; });
  return static_cast<std::size_t>(i - groups.begin()) - 1;
}

} // namespace

std::vector<std::size_t> groups_read(std::span<const placed_range> groups,
                                     std::span<const neuron_range> neurons) {
  std::vector<std::size_t> result;
  if (groups.empty())
    return result;
  auto all = range_between(groups.front().range.first,
                           groups.back().range.end());
  auto behind = [](const neuron_range& x, neuron_id y) { return x.end() <= y; };
  auto first = std::lower_bound(neurons.begin(), neurons.end(), all.first,
                                behind);
  for (; first != neurons.end() && first->first < all.end(); ++first) {
    auto read = intersection(*first, all);
    auto i = group_with(groups, read.first);
    // Two ranges may be within one group.
    if (!result.empty() && result.back() == i)
      ++i;
    for (; i < groups.size() && groups[i].range.first < read.end(); ++i)
      result.push_back(i);
  }
  return result;
}

group_readers::group_readers(std::span<const placed_range> groups,
                             std::span<const node_reads> reads)
  : sets_(1), set_of_(groups.size()) {
  if (groups.empty())
    return;
  auto all = range_between(groups.front().range.first,
                           groups.back().range.end());
  for (const auto& x : reads) {
    if (reads_all(x.neurons, all)) {
      for (auto& set : sets_)
        set.push_back(x.node);
      continue;
    }
    add(x.node, groups_read(groups, x.neurons));
  }
}

void group_readers::add(node_index node, std::span<const std::size_t> groups) {
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
