#include "distributor/strategies/layers.hpp"

#include <algorithm>

#include "distributor/scopes.hpp"
#include "metadata/network/layer_text.hpp"

namespace ganglion {

caf::expected<by_layers> by_layers::parse(std::string_view args,
                                          const strategy_flags&) {
  by_layers result;
  if (args.empty())
    return result;
  for (auto item : split_at(args, ',')) {
    auto entry = parse_entry(item, "layers=a:1+2,b:3");
    if (!entry)
      return entry.error();
    result.entries.push_back(
      {entry->first, {entry->second.begin(), entry->second.end()}});
  }
  return result;
}

namespace {

/// Layers that are placed, and how many weights each has.
using layer_weights = std::vector<std::pair<layer_id, std::uint64_t>>;

layer_weights weights_of_layers(const network& net) {
  layer_weights result;
  for (layer_id id = 0; id < net.layers().size(); ++id)
    if (!net.is_given(id))
      result.emplace_back(id, net.parameters_of(id, net.range_of(id)));
  return result;
}

/// In order, on as few nodes as can be with no more than so many weights each.
std::vector<assignment> fill_nodes(const network& net,
                                   const layer_weights& weights,
                                   std::uint64_t limit) {
  std::vector<assignment> result;
  std::uint64_t held = 0;
  node_index node = 0;
  for (auto [id, count] : weights) {
    if (held > 0 && held + count > limit) {
      ++node;
      held = 0;
    }
    held += count;
    result.push_back({net.range_of(id), node});
  }
  return result;
}

/// Contiguous layers, so that the largest number of weights on a node is as
/// small as can be: a bisection on that number, filling nodes in order.
assignments balanced(const network& net, const cluster_view& cluster) {
  auto weights = weights_of_layers(net);
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  for (const auto& x : weights) {
    low = std::max(low, x.second);
    high += x.second;
  }
  while (low < high) {
    auto middle = low + (high - low) / 2;
    if (fill_nodes(net, weights, middle).back().node < cluster.nodes.size())
      high = middle;
    else
      low = middle + 1;
  }
  return fill_nodes(net, weights, low);
}

} // namespace

assignments assign(const network& net, const cluster_view& cluster,
                   const by_layers& how, partition_scope) {
  if (how.entries.empty())
    return balanced(net, cluster);
  std::vector<assignment> result;
  std::vector<node_index> rest;
  for (const auto& entry : how.entries) {
    auto node = find_node(cluster, entry.node);
    if (!node)
      return node.error();
    for (const auto& name : entry.layers) {
      auto layers = find_layers(net, name);
      if (!layers && name == rest_word) {
        rest.push_back(*node);
        continue;
      }
      if (!layers)
        return layers.error();
      for (auto id : *layers)
        result.push_back({net.range_of(id), *node});
    }
  }
  return with_rest(net, std::move(result), rest);
}

} // namespace ganglion
