// The registry's data: neuron ID -> (node, incarnation, group handle, offset).
// Every node has one; it alone knows what is local and what is remote, and
// gives out handles that hide it: that of a local group, or that of the link to
// the node which has the group. Immutable once built, shared between threads.
// It resolves; it neither sends nor monitors.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/expected.hpp>

#include "metadata/network/network.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/neuron_location.hpp"
#include "metadata/placement/placement.hpp"

namespace ganglion {

/// A group and the actor that takes messages for it.
struct group_route {
  neuron_range range;
  caf::actor handle;
};

/// Actors of this process, as the registry's builder is told of them.
struct local_actors {
  /// One per node of the cluster view: the link to it. Null for this node.
  std::vector<caf::actor> links;
  /// Groups of this node in ID order; moved to the registry's own table.
  std::vector<group_route> groups;
  /// Relays of this node by source layer.
  std::map<layer_id, caf::actor> relays;
  /// The loss, where it lives on this node.
  caf::actor loss;
  /// The engine, or the link to it.
  caf::actor engine;
};

/// What one node tells another of each tick of a layer.
struct tick_batch {
  /// Neurons in ID order, and how many they are.
  std::vector<neuron_range> ranges;
  std::uint64_t neurons = 0;
  /// The link to who reads them; null where they come from there.
  caf::actor to;
};

/// What a node does with a tick of a layer that reads itself (see
/// reads_of_ticks).
struct tick_routes {
  /// The groups of this node, in ID order.
  std::vector<neuron_range> own;
  /// Of them, what others read; and what is read here of theirs, sorted.
  std::vector<tick_batch> out;
  std::vector<tick_batch> in;
};

class registry {
public:
  /// `self` is this node's place in the cluster view; none for an engine that
  /// owns no neurons. `group_size` as in `deploy`. Errors: a placement that
  /// does not fit network and cluster view, a network without one output layer.
  static caf::expected<std::shared_ptr<const registry>>
  make(const network& net, const placement& where, const cluster_view& cluster,
       std::optional<node_index> self, std::uint64_t group_size,
       local_actors actors);

  /// An engine's registry, where the engine lives in one actor system with a
  /// node: what it would send to that node's link goes to the node's actors,
  /// of whom the node's own registry knows.
  [[nodiscard]] std::shared_ptr<const registry>
  beside(const registry& of_node) const;

  /// The group that owns a neuron, in O(log ranges).
  [[nodiscard]] caf::expected<group_route> find(neuron_id id) const;

  /// The same for people, with names.
  [[nodiscard]] caf::expected<neuron_location> locate(neuron_id id) const;

  /// The groups of a layer in ID order: who takes the gradient of its outputs.
  [[nodiscard]] std::span<const group_route> groups_of(layer_id id) const;

  /// Who takes what neurons of a layer answer, those of a group or all: one
  /// actor per node that reads some of it (see reads_of_outputs). For the
  /// groups of this node, and for layers without groups.
  [[nodiscard]] std::span<const caf::actor>
  consumers_of(layer_id id, neuron_range group) const;

  /// The groups of a layer whose outputs this node takes, in ID order.
  [[nodiscard]] std::span<const group_route> awaited_of(layer_id id) const;

  /// Of a layer that reads itself and has neurons here: what of a tick goes
  /// where.
  [[nodiscard]] const tick_routes& ticks_of(layer_id id) const {
    return within_.at(id);
  }

  /// Who takes targets.
  [[nodiscard]] const caf::actor& loss() const noexcept {
    return loss_;
  }

  [[nodiscard]] const caf::actor& engine() const noexcept {
    return actors_.engine;
  }

  // -- for a node, and for links, which deliver what arrived for it -----------

  /// This node's groups in ID order.
  [[nodiscard]] std::vector<group_route> local_groups() const;

  [[nodiscard]] std::size_t local_group_count() const noexcept {
    return groups_->local;
  }

  /// The group of this node that owns a neuron; null where it has none.
  [[nodiscard]] const group_route* local_group_of(neuron_id id) const;

  /// Null where this node has no such actor.
  [[nodiscard]] caf::actor local_relay(layer_id source) const;

  [[nodiscard]] const caf::actor& local_loss() const noexcept {
    return actors_.loss;
  }

  [[nodiscard]] const network& net() const noexcept {
    return net_;
  }

private:
  registry() = default;

  /// One per node, of those that read some of a group.
  struct readers {
    std::vector<std::vector<caf::actor>> sets;
    /// Which set is a group's; empty where all groups have the first.
    std::vector<std::uint32_t> set_of;
  };

  void add_consumers(const placement& where, node_index loss_at);
  void add_readers(layer_id id, const placement& where);
  [[nodiscard]] std::vector<placed_range> placed_groups_of(layer_id id) const;
  void add_ticks(layer_id id, const placement& where);
  [[nodiscard]] caf::actor port_of(node_index node,
                                   const caf::actor& local) const;

  /// The groups of one placed range are neighbours in the tables.
  struct span {
    neuron_range range;
    node_index node;
    std::size_t first_group;
    std::size_t groups;
  };

  /// Sorted by neuron. By far the largest part of a large deployment's
  /// registry, and shared with those `beside`.
  struct group_table {
    std::vector<group_route> routes;
    std::vector<span> spans;
    /// How many live here.
    std::size_t local = 0;
  };

  [[nodiscard]] std::shared_ptr<const group_table>
  make_groups(const placement& where, std::uint64_t group_size,
              std::span<const group_route> local) const;

  /// The span that holds a neuron; null where there is none.
  [[nodiscard]] const span* span_of(neuron_id id) const;

  /// The group that owns a neuron of this span.
  [[nodiscard]] const group_route& route_in(const span& x, neuron_id id) const;

  network net_;
  cluster_view cluster_;
  std::optional<node_index> self_;
  local_actors actors_;
  std::shared_ptr<const group_table> groups_;
  std::vector<readers> consumers_;
  /// Where only some groups of a layer are read here.
  std::map<layer_id, std::vector<group_route>> awaited_;
  std::map<layer_id, tick_routes> within_;
  caf::actor loss_;
};

using registry_ptr = std::shared_ptr<const registry>;

} // namespace ganglion
