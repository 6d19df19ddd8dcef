#include "distributor/strategies.hpp"

namespace ganglion {

assignments assign(const network&, const cluster_view& cluster,
                   const by_identifiers& how, partition_scope) {
  std::vector<assignment> result;
  for (const auto& entry : how.entries) {
    auto node = find_node(cluster, entry.node);
    if (!node)
      return node.error();
    for (auto range : entry.ranges)
      result.push_back({range, *node});
  }
  return result;
}

} // namespace ganglion
