// Placement: which node holds which range. Plain data made by the distributor,
// sent to every node, saved with the model. Its size grows with the number of
// ranges, never with the number of neurons. It moves nothing by itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "metadata/fields.hpp"
#include "metadata/network/network.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/placement/cluster_view.hpp"

namespace ganglion {

/// Position of a node in the cluster view that a placement speaks of.
using node_index = std::uint32_t;

/// A range within one layer, and who holds it.
struct placed_range {
  neuron_range range;
  layer_id layer = 0;
  node_index node = 0;

  friend bool operator==(const placed_range&, const placed_range&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"range", self.range}, field{"layer", self.layer},
                 field{"node", self.node});
  }
};

/// Ranges a distributor hands out, before they are cut at layer borders.
struct assignment {
  neuron_range range;
  node_index node = 0;
};

class placement {
public:
  placement() = default;

  /// Cuts at layer borders, sorts, merges neighbours, and checks that every
  /// neuron with weights is placed exactly once on a node of `nodes`. The
  /// error names every missing and every doubled range.
  static caf::expected<placement> make(const network& net,
                                       std::vector<std::string> nodes,
                                       std::vector<assignment> assignments);

  /// Names of the nodes, in the order of the cluster view.
  [[nodiscard]] const std::vector<std::string>& nodes() const noexcept {
    return nodes_;
  }

  /// Sorted by neuron; neighbours of one layer and node are merged.
  [[nodiscard]] std::span<const placed_range> ranges() const noexcept {
    return ranges_;
  }

  /// The entries of one layer.
  [[nodiscard]] std::span<const placed_range> ranges_of(layer_id id) const;

  /// What one node holds, sorted by neuron.
  [[nodiscard]] std::vector<placed_range> held_by(node_index node) const;

  /// Who holds a neuron, in O(log ranges); an error for inputs and unknown IDs.
  [[nodiscard]] caf::expected<node_index> node_of(neuron_id id) const;

  friend bool operator==(const placement&, const placement&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"nodes", self.nodes_}, field{"ranges", self.ranges_});
  }

private:
  std::vector<std::string> nodes_;
  std::vector<placed_range> ranges_;
};

/// An error unless `where`, which may have come from a file or a stranger, is
/// what placement::make yields for this network and these nodes.
caf::error check(const network& net, const cluster_view& cluster,
                 const placement& where);

/// Whether every border lies on a block border, so that results equal those
/// of any other such placement to the bit.
bool on_block_borders(const network& net, const placement& where);

/// The node beside which the loss lives: the one that holds most of the output
/// layer, the first of them on a tie.
caf::expected<node_index> loss_node(const network& net, const placement& where);

} // namespace ganglion
