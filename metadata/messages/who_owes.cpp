#include "metadata/messages/who_owes.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "metadata/placement/groups.hpp"

namespace ganglion {

namespace {

/// Walks through the deployment in the order in which a micro-batch does.
class walk {
public:
  walk(const deploy& of, std::span<const std::optional<flow_state>> states)
    : of_(of) {
    for (node_index node = 0; node < states.size(); ++node)
      if (states[node])
        for (const auto& x : states[node]->parts)
          known_[key_of(node, x.who)] = x;
  }

  /// Each returns whether all are through, up to the first that is not.
  bool forward() {
    auto order = topological_order(of_.net);
    return order && std::ranges::all_of(*order, [this](layer_id id) {
             return sends_nothing(id) || layer_forward(id);
           });
  }

  bool loss() {
    auto at = loss_node(of_.net, of_.where);
    return !at || through(*at, {part_kind::loss, 0, {}}, &part_state::forward);
  }

  bool backward() {
    auto order = topological_order(of_.net);
    if (!order)
      return false;
    std::reverse(order->begin(), order->end());
    return std::ranges::all_of(*order, [this](layer_id id) {
      return of_.net.is_given(id) || layer_backward(id);
    });
  }

  bool nodes() {
    for (node_index node = 0; node < of_.cluster.nodes.size(); ++node)
      if (!of_.where.held_by(node).empty()
          && !through(node, {part_kind::node, 0, {}}, &part_state::forward))
        return false;
    return true;
  }

  std::optional<debtor> found;

private:
  using key = std::tuple<node_index, part_kind, layer_id, neuron_id>;

  static key key_of(node_index node, const deployment_part& who) {
    return {node, who.kind, who.layer, who.range.first};
  }

  /// What stands sends a row once a step, not with each micro-batch.
  [[nodiscard]] bool sends_nothing(layer_id id) const {
    return of_.net.is_given(id) || of_.net.stands(id);
  }

  bool through(node_index node, const deployment_part& who,
               bool part_state::*how) {
    auto i = known_.find(key_of(node, who));
    if (i != known_.end() && i->second.*how)
      return true;
    found = {node, who};
    return false;
  }

  bool groups_through(layer_id id, bool part_state::*how) {
    std::vector<placed_range> groups;
    for (const auto& held : of_.where.ranges_of(id))
      append_groups(of_.net, held, of_.cluster.nodes[held.node].threads,
                    of_.group_size, groups);
    return std::ranges::all_of(groups, [&](const placed_range& x) {
      return through(x.node, {part_kind::group, id, x.range}, how);
    });
  }

  bool relays_through(layer_id source, layer_id consumer,
                      bool part_state::*how) {
    return std::ranges::all_of(
      of_.where.ranges_of(consumer), [&](const placed_range& x) {
        return through(x.node, {part_kind::relay, source, {}}, how);
      });
  }

  bool layer_forward(layer_id id) {
    for (auto source : of_.net.rows_of(id))
      if (source != id && !relays_through(source, id, &part_state::forward))
        return false;
    return groups_through(id, &part_state::forward);
  }

  bool layer_backward(layer_id id) {
    for (auto consumer : of_.net.consumers_of(id))
      if (!relays_through(id, consumer, &part_state::backward))
        return false;
    return groups_through(id, &part_state::backward);
  }

  const deploy& of_;
  std::map<key, part_state> known_;
};

} // namespace

std::optional<debtor>
who_owes(const deploy& of, bool training,
         std::span<const std::optional<flow_state>> states) {
  walk all{of, states};
  if (all.forward() && all.loss() && training && all.backward())
    all.nodes();
  return all.found;
}

} // namespace ganglion
