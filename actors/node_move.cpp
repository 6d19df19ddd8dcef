// How a node makes a placement's actors, and how neurons move: new groups fetch
// their parameters from those that hold them, wherever they are; then a group
// whose neurons stay is told of its new surroundings, and all others end.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/group.hpp"
#include "actors/loss_actor.hpp"
#include "actors/node.hpp"
#include "actors/relay.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/groups.hpp"

namespace ganglion {

namespace {

/// Time for a group to hand out or to take one piece.
constexpr auto piece_limit = std::chrono::seconds{30};

/// Bytes of parameters per piece, unless one neuron has more.
constexpr std::uint64_t piece_size = std::uint64_t{1} << 20;

metrics_ptr make_metrics(const deploy& what, std::size_t groups,
                         bool has_loss) {
  std::vector<std::string> peers;
  for (const auto& x : what.cluster.nodes)
    peers.push_back(x.name);
  peers.emplace_back("the engine");
  return std::make_shared<deployment_metrics>(what.net, groups, has_loss,
                                              std::move(peers));
}

} // namespace

caf::expected<node_state::arrangement> node_state::arrange(deploy what) {
  arrangement result;
  result.what = std::move(what);
  result.context = make_context(result.what, current->self);
  const auto& nodes = result.what.cluster.nodes;
  local_actors actors;
  actors.engine = current->engine;
  actors.links.resize(nodes.size());
  for (node_index i = 0; i < nodes.size(); ++i)
    if (i != current->self)
      actors.links[i] = peers.at(nodes[i].name).up.link;
  const auto& net = result.what.net;
  auto groups = group_ranges(net, result.what.where, current->self,
                             info.threads, result.what.group_size);
  auto has_loss = *loss_node(net, result.what.where) == current->self;
  result.metrics = make_metrics(result.what, groups.size(), has_loss);
  spawn_relays(result, groups);
  spawn_groups(result, groups, actors);
  if (has_loss)
    result.loss = self->spawn<loss_actor>(
      loss_config{result.context, *output_layer(net),
                  caf::actor_cast<caf::actor>(self), result.metrics});
  actors.relays = result.relays;
  actors.loss = result.loss;
  auto routes = registry::make(net, result.what.where, result.what.cluster,
                               current->self, result.what.group_size,
                               std::move(actors));
  if (!routes)
    return routes.error();
  result.routes = std::move(*routes);
  return result;
}

void node_state::spawn_relays(arrangement& to,
                              std::span<const placed_range> groups) {
  for (const auto& x : groups)
    for (auto source : to.what.net.at(x.layer).inputs)
      if (auto& relay = to.relays[source]; !relay)
        relay = self->spawn<relay_actor>(
          relay_config{to.context, source, caf::actor_cast<caf::actor>(self)});
}

/// By layer.
std::vector<surroundings_ptr>
node_state::surroundings(const arrangement& x) const {
  std::vector<surroundings_ptr> result;
  const auto& net = x.what.net;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    group_surroundings next{
      x.context, id,        {},      caf::actor_cast<caf::actor>(self),
      storage,   x.metrics, x.routes};
    for (auto source : net.at(id).inputs)
      if (auto i = x.relays.find(source); i != x.relays.end())
        next.relays.push_back(i->second);
    result.push_back(
      std::make_shared<const group_surroundings>(std::move(next)));
  }
  return result;
}

caf::actor node_state::kept_group(const arrangement& to,
                                  neuron_range range) const {
  if (!current->routes || to.what.training != current->what.training)
    return nullptr;
  auto group = current->routes->local_group_of(range.first);
  return group && group->range == range ? group->handle : nullptr;
}

void node_state::spawn_groups(const arrangement& to,
                              std::span<const placed_range> groups,
                              local_actors& actors) {
  std::uint32_t track = 0;
  auto around = surroundings(to);
  actors.groups.reserve(groups.size());
  for (const auto& x : groups) {
    auto group = kept_group(to, x.range);
    if (!group)
      group = self->spawn<group_actor>(
        group_config{around[x.layer], x.range, track});
    actors.groups.push_back({x.range, std::move(group)});
    ++track;
  }
}

void node_state::start_actors(const arrangement& x) {
  std::vector<caf::actor> receivers;
  for (const auto& [source, relay] : x.relays)
    receivers.push_back(relay);
  if (x.loss)
    receivers.push_back(x.loss);
  send_to_each(self, receivers, start{x.routes});
  std::uint32_t track = 0;
  auto around = surroundings(x);
  for (const auto& y : x.routes->local_groups())
    send_to(self, y.handle,
            surround{around[*x.what.net.layer_of(y.range.first)], track++});
}

void node_state::end_actors(const arrangement& x, const arrangement* but) {
  auto end = [this](const caf::actor& y) {
    self->send_exit(y, caf::exit_reason::user_shutdown);
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

caf::error node_state::check_move(const prepare_move& x) const {
  if (!current || !current->complete || current->what.run != x.run
      || current->what.epoch + 1 != x.epoch || current->coming)
    return make_failure(errc::not_found,
                        {fmt::format("node '{}' has no such run, or another "
                                     "placement than the engine thinks",
                                     info.name),
                         {},
                         {},
                         {info.name}});
  if (auto err = check(current->what.net, current->what.cluster, x.where))
    return err;
  auto what = current->what;
  what.where = x.where;
  return check_scheduler(what);
}

caf::response_promise node_state::on_prepare_move(prepare_move& x) {
  auto promise = self->make_response_promise();
  if (auto err = check_move(x)) {
    promise.deliver(std::move(err));
    return promise;
  }
  auto what = current->what;
  what.epoch = x.epoch;
  what.where = std::move(x.where);
  what.training = x.training;
  auto made = arrange(std::move(what));
  if (!made) {
    promise.deliver(std::move(made.error()));
    return promise;
  }
  current->coming = std::move(*made);
  move_next(x.step, std::make_shared<std::vector<transfer>>(transfers()),
            promise);
  return promise;
}

std::vector<node_state::transfer> node_state::transfers() const {
  std::vector<transfer> result;
  const auto& net = current->what.net;
  for (const auto& to : current->coming->routes->local_groups()) {
    if (kept_group(*current->coming, to.range))
      continue;
    auto row = net.parameters_per_neuron(*net.layer_of(to.range.first))
               * sizeof(float);
    auto left = to.range;
    while (!left.empty()) {
      auto from = *current->routes->find(left.first);
      auto piece = intersection(from.range, left);
      piece.count = std::clamp<std::uint64_t>(piece_size / row, 1, piece.count);
      result.push_back({piece, from.handle, to.handle});
      left = range_between(piece.end(), left.end());
    }
  }
  return result;
}

void node_state::move_next(std::uint64_t step,
                           std::shared_ptr<std::vector<transfer>> left,
                           caf::response_promise promise) {
  if (!current || !current->coming)
    return promise.deliver(
      make_failure(errc::cancelled, "the run ended while neurons moved"));
  if (left->empty())
    return promise.deliver(
      move_prepared{info.name, current->coming->routes->local_group_count()});
  auto next = std::move(left->back());
  left->pop_back();
  auto fail = [promise](const caf::error& why) mutable {
    promise.deliver(why);
  };
  auto moved = [=, this](const stored&) { move_next(step, left, promise); };
  auto fetched = [=, this](parameter_slice& x) {
    if (!current || !current->coming)
      return move_next(step, left, promise);
    // Another kind of optimizer has no use for it, and starts anew.
    if (current->coming->what.training.optimizer.kind
        != current->what.training.optimizer.kind)
      x.state.clear();
    request_from(self, next.to, piece_limit, store{std::move(x)})
      .then(moved, fail);
  };
  request_from(self, next.from, piece_limit,
               fetch{current->what.run, step, next.range})
    .then(fetched, fail);
}

caf::result<move_settled> node_state::on_settle_move(const settle_move& x) {
  auto known = current && current->what.run == x.run;
  if (known && !x.take) {
    if (current->coming)
      end_actors(*current->coming, &*current);
    current->coming.reset();
    return move_settled{info.name};
  }
  if (!known || !current->coming || current->coming->what.epoch != x.epoch)
    return make_failure(
      errc::not_found,
      {fmt::format("node '{}' has prepared no such move", info.name),
       {},
       {},
       {info.name}});
  auto next = std::move(*current->coming);
  current->coming.reset();
  end_actors(*current, &next);
  static_cast<arrangement&>(*current) = std::move(next);
  current->done.clear();
  start_actors(*current);
  attach_links(false);
  // It counts the neurons that lived here before.
  if (storage)
    send_to(self, storage, close_local{current->what.run});
  return move_settled{info.name};
}

} // namespace ganglion
