#include "distributor/strategies.hpp"
#include "metadata/neuron_text.hpp"

namespace ganglion {

assignments assign(const network& net, const cluster_view& cluster,
                   const by_identifiers& how, partition_scope) {
  std::vector<assignment> result;
  for (const auto& entry : how.entries) {
    auto node = find_node(cluster, entry.node);
    if (!node)
      return node.error();
    for (auto range : entry.ranges)
      result.push_back({range, *node});
    for (const auto& text : entry.neurons) {
      auto range = find_neurons(net, text);
      if (!range)
        return range.error();
      result.push_back({*range, *node});
    }
  }
  return result;
}

} // namespace ganglion
