// Who takes what the groups of a layer answer: the nodes that read some of it
// (metadata/placement/reads.hpp), group by group. What nobody reads on a node
// never goes there. Pure function of groups and reads; it knows no actors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metadata/placement/placement.hpp"
#include "metadata/placement/reads.hpp"

namespace ganglion {

/// Which of the groups, in ID order and next to each other, have some of
/// `neurons`; sorted. In O(neurons + result), but for a logarithm.
std::vector<std::size_t> groups_read(std::span<const placed_range> groups,
                                     std::span<const neuron_range> neurons);

class group_readers {
public:
  /// `groups` are all groups of a layer, in ID order.
  group_readers(std::span<const placed_range> groups,
                std::span<const node_reads> reads);

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

  [[nodiscard]] const std::vector<std::uint32_t>& set_of() const noexcept {
    return set_of_;
  }

private:
  /// A node more for these groups.
  void add(node_index node, std::span<const std::size_t> groups);

  std::vector<std::vector<node_index>> sets_;
  std::vector<std::uint32_t> set_of_;
};

} // namespace ganglion
