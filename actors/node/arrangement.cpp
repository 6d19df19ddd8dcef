#include "actors/node/arrangement.hpp"

#include <set>
#include <span>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>

#include <fmt/format.h>

#include "actors/group.hpp"
#include "actors/loss_actor.hpp"
#include "actors/relay.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/placement/groups.hpp"

namespace ganglion {

namespace {

caf::actor handle_of(const arrangement_setup& setup) {
  return caf::actor_cast<caf::actor>(setup.node);
}

metrics_ptr make_metrics(const arrangement& of, std::size_t groups,
                         bool has_loss) {
  std::vector<std::string> peers;
  for (const auto& x : of.what->cluster.nodes)
    peers.push_back(x.name);
  peers.emplace_back("the engine");
  return std::make_shared<deployment_metrics>(
    of.what->net, groups, has_loss, std::move(peers), of.context->work);
}

caf::expected<std::vector<caf::actor>> links_of(const arrangement_setup& setup,
                                                const membership& peers,
                                                const cluster_view& cluster) {
  std::vector<caf::actor> result(cluster.nodes.size());
  for (node_index i = 0; i < cluster.nodes.size(); ++i) {
    if (i == setup.self)
      continue;
    const auto& name = cluster.nodes[i].name;
    result[i] = peers.link_to(name);
    if (!result[i])
      return make_failure(errc::node_lost,
                          {fmt::format("node '{}' has no connection to node "
                                       "'{}' any more",
                                       setup.info.name, name),
                           {},
                           {},
                           {name}});
  }
  return result;
}

void spawn_relays(const arrangement_setup& setup, arrangement& to,
                  std::span<const placed_range> groups) {
  for (const auto& x : groups)
    for (auto source : to.what->net.at(x.layer).inputs)
      if (auto& relay = to.relays[source]; !relay)
        relay = setup.node->spawn<relay_actor>(
          relay_config{to.context, source, handle_of(setup)});
}

/// By layer.
std::vector<surroundings_ptr> surroundings(const arrangement_setup& setup,
                                           const arrangement& x) {
  std::vector<surroundings_ptr> result;
  const auto& net = x.what->net;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    group_surroundings next{x.context,     id,        {},      handle_of(setup),
                            setup.storage, x.metrics, x.routes};
    for (auto source : net.at(id).inputs)
      if (auto i = x.relays.find(source); i != x.relays.end())
        next.relays.push_back(i->second);
    result.push_back(
      std::make_shared<const group_surroundings>(std::move(next)));
  }
  return result;
}

std::vector<group_route> spawn_groups(const arrangement_setup& setup,
                                      const arrangement& to,
                                      std::span<const placed_range> groups,
                                      const arrangement* before) {
  std::vector<group_route> result;
  std::uint32_t track = 0;
  auto around = surroundings(setup, to);
  result.reserve(groups.size());
  for (const auto& x : groups) {
    auto group = kept_group(before, *to.what, x.range);
    if (!group)
      group = setup.node->spawn<group_actor>(
        group_config{around[x.layer], x.range, track});
    result.push_back({x.range, std::move(group)});
    ++track;
  }
  return result;
}

/// Relays, groups, and the loss where it is computed here.
local_actors spawn_actors(const arrangement_setup& setup, arrangement& to,
                          const arrangement* before) {
  const auto& net = to.what->net;
  const auto& where = to.what->where;
  auto groups = group_ranges(net, where, setup.self, setup.info.threads,
                             to.what->group_size);
  auto has_loss = *loss_node(net, where) == setup.self;
  to.metrics = make_metrics(to, groups.size(), has_loss);
  spawn_relays(setup, to, groups);
  local_actors result;
  result.groups = spawn_groups(setup, to, groups, before);
  if (has_loss)
    to.loss = setup.node->spawn<loss_actor>(loss_config{
      to.context, *output_layer(net), handle_of(setup), to.metrics});
  result.relays = to.relays;
  result.loss = to.loss;
  return result;
}

} // namespace

caf::actor kept_group(const arrangement* before, const deploy& next,
                      neuron_range range) {
  if (!before || !before->routes || next.training != before->what->training)
    return nullptr;
  auto group = before->routes->local_group_of(range.first);
  return group && group->range == range ? group->handle : nullptr;
}

caf::expected<arrangement> arrange(const arrangement_setup& setup,
                                   const membership& peers, deployment_ptr what,
                                   const arrangement* before) {
  auto links = links_of(setup, peers, what->cluster);
  if (!links)
    return links.error();
  arrangement result;
  result.what = std::move(what);
  // Groups that stay go on with the meter that they have.
  result.context = make_context(*result.what, setup.self, setup.exercise,
                                before ? before->context->work
                                       : std::make_shared<work_meter>());
  auto actors = spawn_actors(setup, result, before);
  actors.engine = setup.engine;
  actors.links = std::move(*links);
  const auto& made = *result.what;
  auto routes = registry::make(made.net, made.where, made.cluster, setup.self,
                               made.group_size, std::move(actors));
  if (!routes)
    return routes.error();
  result.routes = std::move(*routes);
  return result;
}

void start_actors(const arrangement_setup& setup, const arrangement& x) {
  std::vector<caf::actor> receivers;
  for (const auto& [source, relay] : x.relays)
    receivers.push_back(relay);
  if (x.loss)
    receivers.push_back(x.loss);
  send_to_each(setup.node, receivers, start{x.routes});
  std::uint32_t track = 0;
  auto around = surroundings(setup, x);
  for (const auto& y : x.routes->local_groups())
    send_to(setup.node, y.handle,
            surround{around[*x.what->net.layer_of(y.range.first)], track++});
}

void end_actors(caf::event_based_actor* node, const arrangement& x,
                const arrangement* but) {
  auto end = [node](const caf::actor& y) {
    node->send_exit(y, caf::exit_reason::user_shutdown);
  };
  for (const auto& [source, relay] : x.relays)
    end(relay);
  if (x.loss)
    end(x.loss);
  if (!x.routes)
    return;
  std::set<caf::actor> stay;
  if (but && but->routes)
    for (const auto& y : but->routes->local_groups())
      stay.insert(y.handle);
  for (const auto& y : x.routes->local_groups())
    if (!stay.contains(y.handle))
      end(y.handle);
}

} // namespace ganglion
