// How a node takes part in a deployment.
#include <algorithm>
#include <utility>

#include <caf/actor_registry.hpp>
#include <caf/actor_system_config.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/node.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/groups.hpp"

namespace ganglion {

namespace {

/// Time for a deployment's nodes to find each other.
constexpr auto linking_limit = std::chrono::seconds{6};

/// Groups from which a scheduler that steals work would take minutes.
constexpr std::uint64_t too_many_to_steal = 50'000;

/// Groups that a node would have.
std::uint64_t groups_on(const deploy& x, node_index node,
                        std::uint32_t threads) {
  std::uint64_t result = 0;
  for (const auto& held : x.where.held_by(node))
    result += group_count(x.net, held, threads, x.group_size);
  return result;
}

} // namespace

caf::error node_state::check_deploy(const deploy& x) const {
  if (current)
    return make_failure(errc::busy,
                        {fmt::format("node '{}' is busy with {}: wait for it, "
                                     "or use other nodes",
                                     info.name, current->what.owner),
                         {},
                         {},
                         {info.name}});
  const auto& nodes = x.cluster.nodes;
  if (std::find(nodes.begin(), nodes.end(), info) == nodes.end())
    return make_failure(
      errc::bad_placement,
      {fmt::format("node '{}' is not in the cluster view", info.name),
       {},
       {},
       {info.name}});
  if (auto err = check(x.net, x.cluster, x.where))
    return err;
  if (auto output = output_layer(x.net); !output)
    return output.error();
  if (auto err = check_group_size(x.net, x.group_size))
    return err;
  return check_scheduler(x);
}

caf::error node_state::check_scheduler(const deploy& x) const {
  const auto& nodes = x.cluster.nodes;
  auto index = std::find(nodes.begin(), nodes.end(), info) - nodes.begin();
  auto groups = groups_on(x, static_cast<node_index>(index), info.threads);
  auto policy = caf::get_or(content(self->system().config()),
                            "caf.scheduler.policy", std::string{"stealing"});
  if (info.threads == 1 || policy == "sharing" || groups < too_many_to_steal)
    return {};
  return make_failure(
    errc::bad_argument,
    {fmt::format("node '{}' would get {} groups, too many for how it runs "
                 "actors on {} threads: start it with --many-groups",
                 info.name, groups, info.threads),
     {},
     {},
     {info.name}});
}

caf::response_promise node_state::on_deploy(deploy& x) {
  // The promise takes the sender away.
  auto engine = caf::actor_cast<caf::actor>(self->current_sender());
  auto promise = self->make_response_promise();
  if (auto err = check_deploy(x)) {
    promise.deliver(std::move(err));
    return promise;
  }
  deployment next;
  const auto& nodes = x.cluster.nodes;
  next.self = static_cast<node_index>(
    std::find(nodes.begin(), nodes.end(), info) - nodes.begin());
  next.engine = std::move(engine);
  next.promise = promise;
  next.what = std::move(x);
  current = std::move(next);
  send_after(self, self, linking_limit, deploy_timeout{current->what.run});
  dial_missing();
  complete_if_linked();
  return promise;
}

std::vector<node_info> node_state::missing_peers() const {
  std::vector<node_info> result;
  for (const auto& x : current->what.cluster.nodes) {
    auto i = peers.find(x.name);
    if (x.name != info.name
        && (i == peers.end() || i->second.up.peer.incarnation != x.incarnation))
      result.push_back(x);
  }
  return result;
}

void node_state::dial_missing() {
  // Of two nodes, the one with the lower name dials.
  for (const auto& x : missing_peers())
    if (info.name < x.name)
      dial_peer(self->system(), x.address, link_setup);
}

void node_state::on_timeout(deploy_timeout x) {
  if (!current || current->complete || current->what.run != x.run)
    return;
  std::vector<std::string> names;
  for (const auto& y : missing_peers())
    names.push_back(y.name);
  fail_deploy(make_failure(
    errc::unreachable,
    {fmt::format("node '{}' has no connection to {} after {} s", info.name,
                 fmt::join(names, ", "), linking_limit.count()),
     {},
     {},
     names}));
}

void node_state::complete_if_linked() {
  if (!current || current->complete || !missing_peers().empty())
    return;
  if (auto err = build())
    return fail_deploy(err);
  current->complete = true;
  current->promise.deliver(
    deployed{info.name, current->routes->local_group_count()});
}

caf::error node_state::build() {
  auto made = arrange(current->what);
  if (!made)
    return made.error();
  static_cast<arrangement&>(*current) = std::move(*made);
  start_actors(*current);
  attach_links(true);
  return {};
}

void node_state::attach_links(bool count_anew) {
  attach routes{current->what.run, current->what.epoch, current->routes,
                current->metrics};
  auto begin = [&](peer_link& x, std::size_t index) {
    if (count_anew)
      x.before = {x.up.counters->sent, x.up.counters->received};
    routes.track = current->metrics->peer_track(index);
    send_to(self, x.up.link, routes);
  };
  const auto& nodes = current->what.cluster.nodes;
  for (std::size_t k = 0; k < nodes.size(); ++k)
    if (auto i = peers.find(nodes[k].name); i != peers.end())
      begin(i->second, k);
  if (auto i = engines.find(current->engine.id()); i != engines.end())
    begin(i->second, nodes.size());
}

void node_state::fail_deploy(const caf::error& why) {
  current->promise.deliver(why);
  end_deployment();
}

void node_state::end_deployment() {
  if (current->coming)
    end_actors(*current->coming, &*current);
  end_actors(*current, nullptr);
  for (auto& [key, x] : peers)
    send_to(self, x.up.link, attach{});
  for (auto& [id, x] : engines)
    send_to(self, x.up.link, attach{});
  if (storage)
    send_to(self, storage, close_local{current->what.run});
  current.reset();
}

void node_state::stop() {
  if (current)
    end_deployment();
  for (auto& [key, x] : peers)
    self->send_exit(x.up.link, caf::exit_reason::user_shutdown);
  for (auto& [id, x] : engines)
    if (!x.visits)
      self->send_exit(x.up.link, caf::exit_reason::user_shutdown);
  self->system().registry().erase(node_key(info.address));
  if (storage)
    self->send_exit(storage, caf::exit_reason::user_shutdown);
  self->send_exit(gate, caf::exit_reason::user_shutdown);
  self->quit();
}

void node_state::on_flow_done(const flow_done& x) {
  if (!current || !current->complete || x.head.run != current->what.run)
    return;
  auto& count = current->done[x.head.sequence];
  if (++count < current->routes->local_group_count())
    return;
  current->done.erase(x.head.sequence);
  if (x.head.micro_batch + 1 == x.head.micro_batches) {
    current->step = x.head.step + 1;
    ++current->steps;
  }
  send_to(self, current->engine, flow_done{x.head, current->self});
}

void node_state::on_run_failed(run_failed& x) {
  if (!current || x.run != current->what.run)
    return;
  x.why.text = fmt::format("on node '{}': {}", info.name, x.why.text);
  send_to(self, current->engine, std::move(x));
}

caf::result<traffic_report> node_state::on_traffic(run_id run) const {
  if (!current || current->what.run != run)
    return make_failure(errc::not_found,
                        fmt::format("node '{}' has no such run", info.name));
  return traffic_report{traffic_of(*current)};
}

std::vector<link_traffic> node_state::traffic_of(const deployment& of) const {
  std::vector<link_traffic> result;
  auto add = [&](const peer_link& x) {
    result.push_back({x.up.peer.name, x.up.peer.engine,
                      x.up.counters->sent - x.before.sent,
                      x.up.counters->received - x.before.received});
  };
  for (const auto& x : of.what.cluster.nodes)
    if (auto i = peers.find(x.name); i != peers.end())
      add(i->second);
  if (auto i = engines.find(of.engine.id()); i != engines.end())
    add(i->second);
  return result;
}

caf::result<traffic_report> node_state::on_release(run_id run) {
  auto result = on_traffic(run);
  if (current && current->what.run == run)
    end_deployment();
  return result;
}

caf::expected<caf::actor> node_state::group_of(run_id run,
                                               neuron_range range) const {
  if (current && current->complete && current->what.run == run)
    if (auto group = current->routes->local_group_of(range.first))
      return group->handle;
  return make_failure(
    errc::not_found,
    {fmt::format("node '{}' does not hold neurons {} of such a run", info.name,
                 to_string(range)),
     {range},
     {},
     {info.name}});
}

} // namespace ganglion
