#include "metadata/placement/registry.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/placement/group_readers.hpp"
#include "metadata/placement/groups.hpp"
#include "metadata/placement/reads.hpp"

namespace ganglion {

namespace {

void append_to(tick_batch& to, neuron_range x) {
  to.neurons += x.count;
  append(to.ranges, x);
}

} // namespace

caf::expected<registry_ptr>
registry::make(const network& net, const placement& where,
               const cluster_view& cluster, std::optional<node_index> self,
               std::uint64_t group_size, local_actors actors) {
  if (auto err = check(net, cluster, where))
    return err;
  auto loss_at = loss_node(net, where);
  if (!loss_at)
    return loss_at.error();
  std::shared_ptr<registry> result{new registry};
  result->net_ = net;
  result->cluster_ = cluster;
  result->self_ = self;
  result->actors_ = std::move(actors);
  result->actors_.links.resize(cluster.nodes.size());
  result->groups_ = result->make_groups(
    where, group_size, std::exchange(result->actors_.groups, {}));
  result->add_consumers(where, *loss_at);
  return registry_ptr{std::move(result)};
}

std::shared_ptr<const registry>
registry::beside(const registry& of_node) const {
  std::shared_ptr<registry> result{new registry{*this}};
  const auto& link = actors_.links[*of_node.self_];
  for (layer_id id = 0; id < consumers_.size(); ++id)
    for (auto& x : result->consumers_[id].sets)
      std::replace(x.begin(), x.end(), link, of_node.local_relay(id));
  if (loss_ == link)
    result->loss_ = of_node.local_loss();
  return result;
}

caf::actor registry::port_of(node_index node, const caf::actor& local) const {
  return self_ == node ? local : actors_.links[node];
}

std::shared_ptr<const registry::group_table>
registry::make_groups(const placement& where, std::uint64_t group_size,
                      std::span<const group_route> local) const {
  auto threads = [this](node_index node) {
    return cluster_.nodes[node].threads;
  };
  // Counted first, so that nothing is allocated twice.
  std::uint64_t total = 0;
  for (const auto& x : where.ranges())
    total += group_count(net_, x, threads(x.node), group_size);
  auto result = std::make_shared<group_table>();
  result->routes.reserve(total);
  auto handle_of = [&](node_index node) {
    if (node != self_)
      return actors_.links[node];
    // They come in the same order; a registry that only tells has none.
    auto i = result->local++;
    return i < local.size() ? local[i].handle : caf::actor{};
  };
  std::vector<placed_range> groups;
  for (const auto& held : where.ranges()) {
    groups.clear();
    append_groups(net_, held, threads(held.node), group_size, groups);
    result->spans.push_back(
      {held.range, held.node, result->routes.size(), groups.size()});
    for (const auto& x : groups)
      result->routes.push_back({x.range, handle_of(x.node)});
  }
  return result;
}

void registry::add_consumers(const placement& where, node_index loss_at) {
  auto layers = static_cast<layer_id>(net_.layers().size());
  consumers_.resize(layers);
  loss_ = port_of(loss_at, actors_.loss);
  for (layer_id id = 0; id < layers; ++id) {
    // What feeds no layer feeds the loss.
    if (net_.feeds_loss(id) && !net_.is_given(id))
      consumers_[id].sets.push_back({loss_});
    else
      add_readers(id, where);
    if (net_.reads_itself(id) && self_)
      add_ticks(id, where);
  }
}

void registry::add_readers(layer_id id, const placement& where) {
  auto reads = reads_of_outputs(net_, id, where);
  auto ports_of = [&](std::span<const node_index> nodes) {
    std::vector<caf::actor> result;
    result.reserve(nodes.size());
    for (auto node : nodes)
      result.push_back(port_of(node, local_relay(id)));
    return result;
  };
  auto& to = consumers_[id];
  auto whole = std::ranges::all_of(reads, [&](const node_reads& x) {
    return reads_all(x.neurons, net_.range_of(id));
  });
  // An engine sends only what is given.
  if (whole || net_.is_given(id) || !self_) {
    std::vector<node_index> nodes(reads.size());
    std::ranges::transform(reads, nodes.begin(), &node_reads::node);
    to.sets.push_back(ports_of(nodes));
    return;
  }
  auto groups = placed_groups_of(id);
  group_readers all{groups, reads};
  for (const auto& nodes : all.sets())
    to.sets.push_back(ports_of(nodes));
  to.set_of = all.set_of();
  for (const auto& x : reads)
    if (x.node == *self_)
      for (auto i : groups_read(groups, x.neurons))
        awaited_[id].push_back(groups_of(id)[i]);
}

std::vector<placed_range> registry::placed_groups_of(layer_id id) const {
  std::vector<placed_range> result;
  for (const auto& x : groups_of(id))
    result.push_back({x.range, id, span_of(x.range.first)->node});
  return result;
}

void registry::add_ticks(layer_id id, const placement& where) {
  auto groups = placed_groups_of(id);
  group_readers all{groups, reads_of_ticks(net_, id, where)};
  std::map<node_index, tick_batch> out;
  std::map<node_index, tick_batch> in;
  auto& ticks = within_[id];
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& [range, layer, holder] = groups[i];
    if (holder == *self_)
      ticks.own.push_back(range);
    for (auto node : all.of(i)) {
      if (holder == *self_ && node != *self_)
        append_to(out[node], range);
      if (holder != *self_ && node == *self_)
        append_to(in[holder], range);
    }
  }
  for (auto& [node, batch] : out) {
    batch.to = actors_.links[node];
    ticks.out.push_back(std::move(batch));
  }
  for (auto& [node, batch] : in)
    ticks.in.push_back(std::move(batch));
  std::sort(ticks.in.begin(), ticks.in.end(), [](const auto& x, const auto& y) {
    return x.ranges.front() < y.ranges.front();
  });
}

std::span<const group_route> registry::groups_of(layer_id id) const {
  const auto& routes = groups_->routes;
  auto all = net_.range_of(id);
  auto before = [](const group_route& x, neuron_id y) {
    return x.range.first < y;
  };
  auto first = std::lower_bound(routes.begin(), routes.end(), all.first,
                                before);
  auto last = std::lower_bound(first, routes.end(), all.end(), before);
  return {first, last};
}

std::span<const caf::actor> registry::consumers_of(layer_id id,
                                                   neuron_range group) const {
  const auto& x = consumers_[id];
  if (x.set_of.empty())
    return x.sets.front();
  const auto* route = &route_in(*span_of(group.first), group.first);
  return x
    .sets[x.set_of[static_cast<std::size_t>(route - groups_of(id).data())]];
}

std::span<const group_route> registry::awaited_of(layer_id id) const {
  auto i = awaited_.find(id);
  return i != awaited_.end() ? i->second : groups_of(id);
}

const registry::span* registry::span_of(neuron_id id) const {
  const auto& spans = groups_->spans;
  auto i = std::upper_bound(
    spans.begin(), spans.end(), id,
    [](neuron_id x, const span& y) { return x < y.range.first; });
  return i != spans.begin() && (--i)->range.contains(id) ? &*i : nullptr;
}

const group_route& registry::route_in(const span& x, neuron_id id) const {
  // Where groups are as many as neurons, a search through them all would miss
  // the cache at each step. Those of one span are of about equal size.
  const auto& routes = groups_->routes;
  auto share = static_cast<double>(id - x.range.first)
               / static_cast<double>(x.range.count);
  auto guess = static_cast<std::size_t>(share * static_cast<double>(x.groups));
  auto at = x.first_group + std::min(guess, x.groups - 1);
  while (id < routes[at].range.first)
    --at;
  while (id >= routes[at].range.end())
    ++at;
  return routes[at];
}

caf::expected<group_route> registry::find(neuron_id id) const {
  if (auto in = span_of(id))
    return route_in(*in, id);
  return make_failure(
    errc::not_found,
    {fmt::format("neuron {} belongs to no group", id), {{id, 1}}, {}, {}});
}

caf::expected<neuron_location> registry::locate(neuron_id id) const {
  auto owner = net_.layer_of(id);
  if (!owner)
    return owner.error();
  auto in = span_of(id);
  if (!in)
    return find(id).error();
  const auto& node = cluster_.nodes[in->node];
  const auto& group = route_in(*in, id).range;
  return neuron_location{*owner, node.name, node.incarnation, group,
                         id - group.first};
}

std::vector<group_route> registry::local_groups() const {
  std::vector<group_route> result;
  result.reserve(groups_->local);
  for (const auto& x : groups_->spans) {
    auto first = groups_->routes.begin()
                 + static_cast<std::ptrdiff_t>(x.first_group);
    if (x.node == self_)
      result.insert(result.end(), first,
                    first + static_cast<std::ptrdiff_t>(x.groups));
  }
  return result;
}

const group_route* registry::local_group_of(neuron_id id) const {
  auto in = span_of(id);
  return in && in->node == self_ ? &route_in(*in, id) : nullptr;
}

caf::actor registry::local_relay(layer_id source) const {
  auto i = actors_.relays.find(source);
  return i != actors_.relays.end() ? i->second : caf::actor{};
}

} // namespace ganglion
