#include "metadata/placement/groups.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/network/blocks.hpp"

namespace ganglion {

namespace {

/// Blocks per group and the number of groups that get one more.
struct share {
  std::uint64_t blocks;
  std::uint64_t larger;
};

share share_of(std::uint64_t blocks, std::uint64_t block_size,
               std::uint32_t threads, std::uint64_t group_size) {
  if (group_size > 0)
    return {std::max<std::uint64_t>(group_size / block_size, 1), 0};
  auto groups = std::clamp<std::uint64_t>(threads, 1, blocks);
  return {blocks / groups, blocks % groups};
}

std::uint64_t group_size_in(const layer& x, std::uint64_t asked) {
  return asked > 0 ? asked : rule_of(x).usual_group();
}

} // namespace

std::uint64_t group_count(const network& net, const placed_range& held,
                          std::uint32_t threads, std::uint64_t group_size) {
  group_size = group_size_in(net.at(held.layer), group_size);
  auto blocks = block_of(net, held.layer, held.range.end() - 1) + 1
                - block_of(net, held.layer, held.range.first);
  auto sizes = share_of(blocks, net.at(held.layer).block_size, threads,
                        group_size);
  if (group_size == 0)
    return (blocks - sizes.larger) / sizes.blocks;
  return (blocks + sizes.blocks - 1) / sizes.blocks;
}

std::uint64_t groups_on(const network& net, const placement& where,
                        const cluster_view& cluster, std::uint64_t group_size,
                        node_index node) {
  std::uint64_t result = 0;
  for (const auto& held : where.ranges())
    if (held.node == node)
      result += group_count(net, held, cluster.nodes[node].threads, group_size);
  return result;
}

std::uint64_t groups_on_all(const network& net, const placement& where,
                            const cluster_view& cluster,
                            std::uint64_t group_size) {
  std::uint64_t result = 0;
  for (const auto& held : where.ranges())
    result += group_count(net, held, cluster.nodes[held.node].threads,
                          group_size);
  return result;
}

void append_groups(const network& net, const placed_range& held,
                   std::uint32_t threads, std::uint64_t group_size,
                   std::vector<placed_range>& out) {
  group_size = group_size_in(net.at(held.layer), group_size);
  auto first = block_of(net, held.layer, held.range.first);
  auto end = block_of(net, held.layer, held.range.end() - 1) + 1;
  auto sizes = share_of(end - first, net.at(held.layer).block_size, threads,
                        group_size);
  for (std::uint64_t group = 0; first < end; ++group) {
    auto last = std::min(first + sizes.blocks + (group < sizes.larger), end);
    auto range = range_between(block_range(net, held.layer, first).first,
                               block_range(net, held.layer, last - 1).end());
    out.push_back({intersection(held.range, range), held.layer, held.node});
    first = last;
  }
}

std::vector<placed_range> group_ranges(const network& net,
                                       const placement& where, node_index node,
                                       std::uint32_t threads,
                                       std::uint64_t group_size) {
  std::vector<placed_range> result;
  for (const auto& held : where.ranges())
    if (held.node == node)
      append_groups(net, held, threads, group_size, result);
  return result;
}

caf::error check_group_size(const network& net, std::uint64_t group_size) {
  if (group_size == 0)
    return {};
  for (const auto& x : net.layers()) {
    if (rule_of(x).given() || x.neurons <= x.block_size)
      continue;
    if (group_size % x.block_size != 0)
      return make_failure(
        errc::bad_argument,
        {fmt::format("a group size of {} cuts the blocks of {} neurons of "
                     "layer '{}': use a multiple of {}, or a smaller "
                     "--block-size",
                     group_size, x.block_size, x.name, x.block_size),
         {},
         {x.name},
         {}});
  }
  return {};
}

} // namespace ganglion
