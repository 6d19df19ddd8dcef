// How a node takes part in a deployment: from its first word to its end.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system_config.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/node/memory.hpp"
#include "actors/node/node_state.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/placement/groups.hpp"

namespace ganglion {

namespace {

/// Time for a deployment's nodes to find each other.
constexpr auto linking_limit = std::chrono::seconds{6};

/// Groups from which a scheduler that steals work would take minutes.
constexpr std::uint64_t too_many_to_steal = 50'000;

/// This node's place in a cluster view; one past the last where it has none.
node_index place_of(const node_info& info, const cluster_view& cluster) {
  const auto& nodes = cluster.nodes;
  return static_cast<node_index>(std::find(nodes.begin(), nodes.end(), info)
                                 - nodes.begin());
}

double gib(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1 << 30);
}

/// Whether it can be computed at all, on whatever node.
caf::error check_computable(const deploy& x) {
  if (auto err = check(x.net, x.cluster, x.where))
    return err;
  if (auto output = output_layer(x.net); !output)
    return output.error();
  if (auto order = topological_order(x.net); !order)
    return order.error();
  if (auto err = check(x.training))
    return err;
  if (!(x.initial_deviation >= 0 && std::isfinite(x.initial_deviation)))
    return make_failure(errc::bad_argument,
                        fmt::format("initial weights with a deviation of {}: "
                                    "choose 0 or more",
                                    x.initial_deviation));
  return check_group_size(x.net, x.group_size);
}

} // namespace

caf::error node_state::check_deploy(const deploy& x) const {
  auto refuse = [this](errc code, std::string text) {
    return make_failure(code, {std::move(text), {}, {}, {info.name}});
  };
  if (current)
    return refuse(errc::busy,
                  fmt::format("node '{}' is busy with {}: wait for it, or use "
                              "other nodes",
                              info.name, current->what->owner));
  if (x.cluster.nodes.size() > membership::max_nodes)
    return refuse(errc::bad_placement,
                  fmt::format("{} nodes: at most {} can compute together",
                              x.cluster.nodes.size(), membership::max_nodes));
  auto index = place_of(info, x.cluster);
  if (index == x.cluster.nodes.size())
    return refuse(
      errc::bad_placement,
      fmt::format("node '{}' is not in the cluster view", info.name));
  if (auto err = check_addresses(x))
    return err;
  if (auto err = check_computable(x))
    return err;
  return check_room(x, index);
}

/// A node dials the nodes of a deployment and nobody else, and neither takes a
/// word from its own machine to others, nor one from elsewhere to services of
/// its own machine.
caf::error node_state::check_addresses(const deploy& x) const {
  auto here = parse_endpoint(info.address);
  for (const auto& y : x.cluster.nodes) {
    auto there = parse_endpoint(y.address);
    if (!there)
      return there.error();
    // All addresses of a machine are also its loopback ones.
    if (!here || is_any(*here) || is_any(*there)
        || is_loopback(*here) == is_loopback(*there))
      continue;
    return make_failure(
      errc::bad_placement,
      {fmt::format("node '{}' at {} and node '{}' at {} cannot reach each "
                   "other, since one of these is a loopback address: start "
                   "that one with another --listen or --advertise",
                   info.name, info.address, y.name, y.address),
       {},
       {},
       {info.name, y.name}});
  }
  return {};
}

/// Threads and memory for the groups that the placement makes here.
caf::error node_state::check_room(const deploy& x, node_index index) const {
  auto groups = groups_on(x.net, x.where, x.cluster, x.group_size, index);
  auto policy = caf::get_or(content(self->system().config()),
                            "caf.scheduler.policy", std::string{"stealing"});
  if (info.threads > 1 && policy != "sharing" && groups >= too_many_to_steal)
    return make_failure(
      errc::bad_argument,
      {fmt::format("node '{}' would get {} groups, too many for how it runs "
                   "actors on {} threads: start it with --many-groups",
                   info.name, groups, info.threads),
       {},
       {},
       {info.name}});
  auto needed = least_memory(
    x, index, groups, groups_on_all(x.net, x.where, x.cluster, x.group_size));
  auto there = available_memory();
  if (needed <= there)
    return {};
  return make_failure(
    errc::system,
    {fmt::format("node '{}' would need {:.1f} GiB at least for its neurons, "
                 "and has {:.1f} GiB free: give it fewer, or use more nodes",
                 info.name, gib(needed), gib(there)),
     {},
     {},
     {info.name}});
}

caf::result<deployed> node_state::serve(deploy& x) {
  // The promise takes the sender away.
  auto engine = caf::actor_cast<caf::actor>(self->current_sender());
  auto promise = self->make_response_promise();
  auto err = check_deploy(x);
  // Its link has ended, and nobody would free this node again.
  if (!err && (!engine || !peers.has_engine(engine.id())))
    err = make_failure(errc::cancelled, "the engine is gone");
  if (err) {
    promise.deliver(std::move(err));
    return promise;
  }
  deployment next;
  next.setup = {self,   info,    place_of(info, x.cluster),
                engine, storage, exercise};
  next.promise = promise;
  next.what = std::make_shared<const deploy>(std::move(x));
  current = std::move(next);
  const auto& what = *current->what;
  // Its requests are known from now on: it may change its mind.
  peers.attach_run({current->what, nullptr, {}}, what.cluster, engine.id(),
                   true);
  send_after(self, self, linking_limit, deploy_timeout{what.run});
  peers.dial_missing(what.cluster);
  make_if_linked();
  return promise;
}

void node_state::on_timeout(deploy_timeout x) {
  if (!current || current->routes || current->what->run != x.run)
    return;
  std::vector<std::string> names;
  for (const auto& y : peers.missing(current->what->cluster))
    names.push_back(y.name);
  fail_deploy(make_failure(
    errc::unreachable,
    {fmt::format("node '{}' has no connection to {} after {} s: can it reach "
                 "the address that they advertise?",
                 info.name, fmt::join(names, ", "), linking_limit.count()),
     {},
     {},
     names}));
}

void node_state::make_if_linked() {
  if (!current || current->routes
      || !peers.missing(current->what->cluster).empty())
    return;
  auto made = arrange(current->setup, peers, current->what, nullptr);
  if (!made)
    return fail_deploy(made.error());
  static_cast<arrangement&>(*current) = std::move(*made);
  start_actors(current->setup, *current);
  peers.attach_run({current->what, current->routes, {}, current->metrics},
                   current->what->cluster, current->setup.engine.id(), true);
  on_ready({0, 0}); // there may be no groups
}

/// The engine hears when all parameters are there, or that there is no memory
/// for them.
void node_state::on_ready(const group_ready& x) {
  if (!current || current->complete || !current->routes)
    return;
  if (x.run == current->what->run && x.epoch == current->what->epoch)
    ++current->ready;
  if (current->ready < current->routes->local_group_count())
    return;
  current->complete = true;
  current->promise.deliver(
    deployed{info.name, current->routes->local_group_count()});
}

void node_state::fail_deploy(const caf::error& why) {
  current->promise.deliver(why);
  end_deployment();
}

void node_state::end_deployment() {
  drop_coming();
  end_actors(self, *current, nullptr);
  peers.detach_all();
  if (storage)
    send_to(self, storage, close_local{current->what->run});
  if (current->promise.pending())
    current->promise.deliver(
      make_failure(errc::cancelled, "the deployment was ended"));
  current.reset();
}

caf::result<released> node_state::serve(release&) {
  released result{
    {peers.traffic(current->what->cluster, current->setup.engine.id())}};
  end_deployment();
  return result;
}

} // namespace ganglion
