#include "metadata/registry.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/groups.hpp"

namespace ganglion {

namespace {

template <class Key>
caf::actor value_or_null(const std::map<Key, caf::actor>& xs, Key key) {
  auto i = xs.find(key);
  return i != xs.end() ? i->second : caf::actor{};
}

} // namespace

caf::expected<registry_ptr>
registry::make(const network& net, const placement& where,
               const cluster_view& cluster, std::optional<node_index> self,
               std::uint64_t group_size, local_actors actors) {
  auto loss_at = loss_node(net, where);
  if (!loss_at)
    return loss_at.error();
  std::shared_ptr<registry> result{new registry};
  result->net_ = net;
  result->cluster_ = cluster;
  result->self_ = self;
  result->actors_ = std::move(actors);
  result->add_groups(where, cluster, group_size);
  result->add_consumers(where, *loss_at);
  return registry_ptr{std::move(result)};
}

caf::actor registry::port_of(node_index node, const caf::actor& local) const {
  return self_ == node ? local : actors_.links[node];
}

void registry::add_groups(const placement& where, const cluster_view& cluster,
                          std::uint64_t group_size) {
  std::vector<placed_range> groups;
  for (node_index node = 0; node < cluster.nodes.size(); ++node) {
    auto held = group_ranges(net_, where, node, cluster.nodes[node].threads,
                             group_size);
    groups.insert(groups.end(), held.begin(), held.end());
  }
  std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    return a.range.first < b.range.first;
  });
  routes_.reserve(groups.size());
  nodes_.reserve(groups.size());
  for (const auto& x : groups) {
    routes_.push_back(
      {x.range, port_of(x.node, local_group(x.range.first))});
    nodes_.push_back(x.node);
  }
}

void registry::add_consumers(const placement& where, node_index loss_at) {
  auto layers = static_cast<layer_id>(net_.layers().size());
  consumers_.resize(layers);
  loss_ = port_of(loss_at, actors_.loss);
  std::vector<std::set<node_index>> holders(layers);
  for (const auto& x : where.ranges())
    holders[x.layer].insert(x.node);
  for (layer_id id = 0; id < layers; ++id) {
    std::set<node_index> nodes;
    for (auto consumer : net_.consumers_of(id))
      nodes.insert(holders[consumer].begin(), holders[consumer].end());
    for (auto node : nodes)
      consumers_[id].push_back(port_of(node, local_relay(id)));
    // What feeds no layer feeds the loss.
    if (nodes.empty() && net_.at(id).kind != layer_kind::input)
      consumers_[id].push_back(loss_);
  }
}

std::span<const group_route> registry::groups_of(layer_id id) const {
  auto all = net_.range_of(id);
  auto before = [](const group_route& x, neuron_id y) {
    return x.range.first < y;
  };
  auto first = std::lower_bound(routes_.begin(), routes_.end(), all.first,
                                before);
  auto last = std::lower_bound(first, routes_.end(), all.end(), before);
  return {first, last};
}

caf::expected<group_route> registry::find(neuron_id id) const {
  auto i = std::upper_bound(routes_.begin(), routes_.end(), id,
                            [](neuron_id x, const group_route& y) {
                              return x < y.range.first;
                            });
  if (i != routes_.begin() && (--i)->range.contains(id))
    return *i;
  return make_failure(errc::not_found,
                      {fmt::format("neuron {} belongs to no group", id),
                       {{id, 1}},
                       {},
                       {}});
}

caf::expected<neuron_location> registry::locate(neuron_id id) const {
  auto found = find(id);
  auto owner = net_.layer_of(id);
  if (!owner)
    return owner.error();
  if (!found)
    return found.error();
  auto i = std::lower_bound(routes_.begin(), routes_.end(), found->range.first,
                            [](const group_route& x, neuron_id y) {
                              return x.range.first < y;
                            });
  const auto& node = cluster_.nodes[nodes_[i - routes_.begin()]];
  return neuron_location{*owner, node.name, node.incarnation, found->range,
                         id - found->range.first};
}

caf::actor registry::local_group(neuron_id first) const {
  return value_or_null(actors_.groups, first);
}

caf::actor registry::local_relay(layer_id source) const {
  return value_or_null(actors_.relays, source);
}

} // namespace ganglion
