// How an engine finds its nodes and puts a network onto them.
#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "actors/node.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/groups.hpp"
#include "runtime/engine/state.hpp"

namespace ganglion {

namespace {

/// Time for all nodes to answer a connection and a greeting.
constexpr auto connect_limit = std::chrono::seconds{8};

/// Time for a node to make its groups and links.
constexpr auto deploy_limit = std::chrono::seconds{30};

std::uint64_t draw_run() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

} // namespace

caf::error engine_state::not_running() const {
  if (failure)
    return failure;
  if (routes)
    return {};
  return make_failure(errc::bad_argument,
                      "no network is deployed: send deploy_network first");
}

caf::error engine_state::not_usable() const {
  if (auto err = not_running())
    return err;
  if (!unusable)
    return {};
  return make_failure(errc::bad_model,
                      fmt::format("no commit was loaded completely: load one "
                                  "first ({})",
                                  explain(unusable)));
}

engine_state::promise<cluster_view> engine_state::on_connect(connect& x) {
  auto answer = self->make_response_promise<cluster_view>();
  if (!nodes.empty() || x.addresses.empty()) {
    answer.deliver(make_failure(errc::bad_argument,
                                x.addresses.empty()
                                  ? "no addresses of nodes to connect to"
                                  : "this engine has its nodes already"));
    return answer;
  }
  connecting = answer;
  for (auto& address : x.addresses)
    nodes.push_back({std::move(address), {}});
  for (auto& y : nodes) {
    if (auto node = find_node(self->system(), y.address))
      visit_node(y, node);
    else
      dial_peer(self->system(), y.address, link_setup);
  }
  send_after(self, self, connect_limit, deploy_timeout{0});
  return answer;
}

void engine_state::visit_node(connected_node& at, const caf::actor& node) {
  at.here = true;
  auto lost = [weak = caf::actor_cast<caf::actor_addr>(self),
               address = at.address] {
    link_down report;
    report.dialled = address;
    report.why = make_failure(errc::node_lost, "it ended");
    if (auto engine = caf::actor_cast<caf::actor>(weak))
      post_to(engine, std::move(report));
  };
  at_exit_of(node, std::move(lost));
  request_from(self, node, connect_limit, visit{link_setup.self.name})
    .then([this](link_up& x) { on_link_up(x); },
          [this](const caf::error& why) { fail(why); });
}

void engine_state::on_link_up(link_up& x) {
  auto waits = [&](const connected_node& y) {
    return y.address == x.dialled && !y.up;
  };
  auto i = std::find_if(nodes.begin(), nodes.end(), waits);
  if (i == nodes.end() || !connecting)
    return self->send_exit(x.link, caf::exit_reason::user_shutdown);
  const auto& peer = x.peer;
  for (const auto& y : nodes) {
    if (y.up && y.up->peer.name == peer.name) {
      self->send_exit(x.link, caf::exit_reason::user_shutdown);
      return fail(make_failure(
        errc::bad_argument,
        {fmt::format("the nodes at {} and {} are both named '{}': start one "
                     "with another --name",
                     y.address, i->address, peer.name),
         {},
         {},
         {peer.name}}));
    }
  }
  i->up = std::move(x);
  cluster.nodes.clear();
  for (const auto& y : nodes) {
    if (!y.up)
      return;
    const auto& z = y.up->peer;
    cluster.nodes.push_back({z.name, z.address, z.incarnation, z.threads});
  }
  connecting->deliver(cluster);
  connecting.reset();
}

void engine_state::on_link_down(const link_down& x) {
  for (auto& y : nodes) {
    auto ours = y.up && !y.here ? y.up->link == x.link : y.address == x.dialled;
    if (!ours)
      continue;
    if (!y.up)
      return fail(x.why);
    auto peer_name = y.up->peer.name;
    return fail(make_failure(errc::node_lost,
                             {fmt::format("node '{}' at {} was lost: {}",
                                          peer_name, y.address, explain(x.why)),
                              {},
                              {},
                              {peer_name}}));
  }
}

void engine_state::on_attach(const attach& x) {
  // A node of this actor system says who is there; no link is in between.
  if (routes && x.routes && x.run == deployment.run && x.epoch == epoch)
    routes = routes->beside(*x.routes);
}

void engine_state::on_timeout(deploy_timeout) {
  if (!connecting)
    return;
  for (const auto& y : nodes)
    if (!y.up)
      return fail(make_failure(
        errc::unreachable,
        fmt::format("what listens at {} does not answer like a node: is it "
                    "'ganglion node'?",
                    y.address)));
}

engine_state::promise<deployment_info>
engine_state::on_deploy(deploy_network& x) {
  auto answer = self->make_response_promise<deployment_info>();
  if (auto err = prepare(x)) {
    answer.deliver(std::move(err));
    return answer;
  }
  deploying = answer;
  undeployed = nodes.size();
  deploy what{deployment.run,     epoch,      x.owner,     cluster, net,
              std::move(x.where), x.training, x.group_size};
  for (const auto& y : nodes)
    request_from(self, y.up->link, deploy_limit, what)
      .then([this](const deployed& z) { on_deployed(z); },
            [this, key = y.up->peer.name](const caf::error& why) {
              fail(why == caf::sec::request_timeout
                     ? make_failure(errc::unreachable,
                                    {fmt::format("node '{}' did not answer in "
                                                 "time",
                                                 key),
                                     {},
                                     {},
                                     {key}})
                     : why);
            });
  return answer;
}

caf::error engine_state::prepare(deploy_network& x) {
  if (failure)
    return failure;
  if (cluster.nodes.empty() || connecting || routes)
    return make_failure(errc::bad_argument,
                        routes
                          ? "a network is deployed already: send stop first"
                          : "no nodes: send connect first");
  if (x.micro_batches == 0)
    return make_failure(errc::bad_argument, "micro-batches must be 1 or more");
  if (auto err = check_group_size(x.net, x.group_size))
    return err;
  if (auto order = topological_order(x.net); !order)
    return order.error();
  group_size = x.group_size;
  auto made = routes_for(x.net, x.where);
  if (!made)
    return made.error();
  routes = std::move(*made);
  net = std::move(x.net);
  micro_batches = x.micro_batches;
  epoch = 1;
  deployment.run = draw_run();
  measure(x.where);
  attach_links();
  return {};
}

void engine_state::on_deployed(const deployed& x) {
  deployment.groups += x.groups;
  if (--undeployed > 0 || !deploying)
    return;
  deploying->deliver(deployment);
  deploying.reset();
}

} // namespace ganglion
