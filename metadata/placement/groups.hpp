// How a node cuts what it holds into neuron groups, the actors. A pure function
// of shared data, so that every node knows every group without asking.
#pragma once

#include <cstdint>
#include <vector>

#include <caf/error.hpp>

#include "metadata/network/network.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/placement.hpp"

namespace ganglion {

/// The groups of a node, sorted by neuron. Each placed range is cut at block
/// borders, into as many groups of whole blocks as the node has threads, of
/// sizes as equal as whole blocks allow. `group_size` > 0 sets the neurons per
/// group instead (whole blocks, at least one). Of a sparse layer, each neuron
/// is a group by itself, unless `group_size` is set.
std::vector<placed_range> group_ranges(const network& net,
                                       const placement& where, node_index node,
                                       std::uint32_t threads,
                                       std::uint64_t group_size);

/// How many groups a placed range makes, in O(1).
std::uint64_t group_count(const network& net, const placed_range& held,
                          std::uint32_t threads, std::uint64_t group_size);

/// How many groups a placement makes on one node of the cluster view, and on
/// all of them; in O(placed ranges).
std::uint64_t groups_on(const network& net, const placement& where,
                        const cluster_view& cluster, std::uint64_t group_size,
                        node_index node);
std::uint64_t groups_on_all(const network& net, const placement& where,
                            const cluster_view& cluster,
                            std::uint64_t group_size);

/// Appends the groups of one placed range.
void append_groups(const network& net, const placed_range& held,
                   std::uint32_t threads, std::uint64_t group_size,
                   std::vector<placed_range>& out);

/// An error unless `group_size` is 0 or a multiple of every block size that
/// is smaller than its layer: a group never cuts a block.
caf::error check_group_size(const network& net, std::uint64_t group_size);

} // namespace ganglion
