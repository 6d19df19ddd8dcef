// What of a layer's outputs is read where, as the rules of its consumers say:
// on each node, and by each piece of the sum of its gradient. Pure functions of
// network and placement; they know neither groups nor actors.
#pragma once

#include <span>
#include <vector>

#include "metadata/network/network.hpp"
#include "metadata/network/summation_tree.hpp"
#include "metadata/placement/placement.hpp"

namespace ganglion {

/// What one node reads of a layer.
struct node_reads {
  node_index node = 0;
  /// Sorted, and no two touch each other.
  std::vector<neuron_range> neurons;
};

/// Whether all of `range` is among sorted ranges that do not touch each other,
/// or some of it.
bool reads_all(std::span<const neuron_range> read, neuron_range range);
bool reads_some(std::span<const neuron_range> read, neuron_range range);

/// What the nodes that have neurons of a layer's consumers take of its outputs,
/// in order of nodes. Two things are taken though nobody reads them: of what is
/// read nowhere the first node takes all, so that nothing is under way any more
/// when the last layer has its values; and a node that reads nothing takes the
/// first neuron, by which it learns of a micro-batch.
std::vector<node_reads> reads_of_outputs(const network& net, layer_id source,
                                         const placement& where);

/// The same of a layer that may feed the loss: the loss takes all of it.
std::vector<node_reads> takers_of(const network& net, layer_id source,
                                  const placement& where);

/// The same for a tick of a layer that reads itself: its own nodes take what
/// they have of it, and what their neurons read.
std::vector<node_reads> reads_of_ticks(const network& net, layer_id id,
                                       const placement& where);

/// What each of the pieces of a gradient reads of the layer `source`: the sum
/// has zeros from it elsewhere. `pieces` are all there are; what none reads
/// belongs to the first.
std::vector<std::vector<neuron_range>>
reads_of_pieces(const network& net, layer_id source,
                std::span<const tree_node> pieces);

} // namespace ganglion
