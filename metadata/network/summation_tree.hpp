// The order in which the gradient of a layer's output is added up: one binary
// tree whose leaves are the (consumer layer, block) pairs in order. An inner
// node [first, last) splits at first plus the largest power of two below its
// size. Pure functions on leaf numbers; the sums themselves are the actors'.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/network/network.hpp"
#include "metadata/network/neuron_range.hpp"

namespace ganglion {

/// A node of the tree: the leaves first, ..., last - 1. A placement that cuts a
/// block sends a part of a leaf: then last == first + 1 and part says which
/// neurons of the block it holds (part.count == 0: the node is whole).
struct tree_node {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  neuron_range part;

  [[nodiscard]] constexpr bool whole() const noexcept {
    return part.count == 0;
  }

  [[nodiscard]] constexpr bool leaf() const noexcept {
    return last - first == 1;
  }

  friend constexpr auto operator<=>(const tree_node&, const tree_node&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"first", self.first}, field{"last", self.last},
                 field{"part", self.part});
  }
};

/// First leaf of the right child of a node with at least two leaves.
std::uint64_t split_point(const tree_node& node) noexcept;

/// Leaves of the tree of a layer's output gradient: the blocks of all its
/// consumers; a layer without consumers (the output) has one, the loss.
std::uint64_t leaf_count(const network& net, layer_id source);

/// The leaf that stands for block `block` of `consumer` in the tree of
/// `source`.
std::uint64_t leaf_of(const network& net, layer_id source, layer_id consumer,
                      std::uint64_t block);

/// What somebody who holds `held` (sorted ranges, each within one layer)
/// contributes to the tree of `source`: the maximal complete nodes and the
/// parts of cut blocks, in order. Ranges of layers that do not consume
/// `source` contribute nothing.
std::vector<tree_node> contributions(const network& net, layer_id source,
                                     std::span<const neuron_range> held);

/// The leaves [first, last) of a tree with `total` leaves as the fewest nodes.
std::vector<tree_node> maximal_nodes(std::uint64_t first, std::uint64_t last,
                                     std::uint64_t total);

} // namespace ganglion
