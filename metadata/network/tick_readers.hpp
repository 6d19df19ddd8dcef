// Who takes the values of a tick, where neurons of a layer read each other: the
// nodes on which some neuron reads one of a group's, and the group's own node.
// What nobody reads on a node never goes there. Pure function of wiring and
// placement; it knows no actors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metadata/network/network.hpp"
#include "metadata/placement/placement.hpp"

namespace ganglion {

class tick_readers {
public:
  /// `groups` are all groups of the layer, in ID order. In O(edges + groups),
  /// but for a logarithm.
  tick_readers(const network& net, layer_id id, const placement& where,
               std::span<const placed_range> groups);

  /// Nodes that take the values of a group, sorted.
  [[nodiscard]] std::span<const node_index> of(std::size_t group) const {
    return sets_[set_of_[group]];
  }

  /// Many groups have the same readers: the different sets, and which one is
  /// a group's.
  [[nodiscard]] const std::vector<std::vector<node_index>>&
  sets() const noexcept {
    return sets_;
  }

  [[nodiscard]] std::size_t set_of(std::size_t group) const {
    return set_of_[group];
  }

private:
  /// A node more for these groups.
  void add(node_index node, std::span<const std::size_t> groups);

  std::vector<std::vector<node_index>> sets_;
  std::vector<std::uint32_t> set_of_;
};

} // namespace ganglion
