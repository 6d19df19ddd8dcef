#include "distributor/strategies/round_robin.hpp"

#include "metadata/network/blocks.hpp"

namespace ganglion {

caf::expected<by_round_robin> by_round_robin::parse(std::string_view args,
                                                    const strategy_flags&) {
  if (!args.empty())
    return bad_strategy("round-robin takes no arguments: every node gets about "
                        "as many blocks of each layer");
  return by_round_robin{};
}

assignments assign(const network& net, const cluster_view& cluster,
                   const by_round_robin&, partition_scope) {
  std::vector<assignment> result;
  auto nodes = cluster.nodes.size();
  std::size_t next = 0;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    if (net.is_given(id))
      continue;
    for (auto block : split_at_blocks(net, id, net.range_of(id)))
      result.push_back({block, static_cast<node_index>(next++ % nodes)});
  }
  return result;
}

} // namespace ganglion
