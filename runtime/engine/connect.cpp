// How an engine finds its nodes, and loses them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/node/node.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/state.hpp"

namespace ganglion {

namespace {

/// Looks around, a second apart, in which all nodes are to answer a connection
/// and a greeting.
constexpr std::uint32_t connect_limit = 8;

} // namespace

engine_state::promise<cluster_view> engine_state::on_connect(connect& x) {
  auto answer = self->make_response_promise<cluster_view>();
  if (now || connecting || x.addresses.empty()) {
    answer.deliver(make_failure(
      errc::bad_argument,
      x.addresses.empty() ? "no addresses of nodes to connect to"
      : connecting        ? "this engine is connecting to its nodes already"
                          : "a network is deployed: send stop first"));
    return answer;
  }
  keep_wanted(x.addresses);
  connecting = answer;
  connecting_looks = 0;
  find_missing();
  complete_connecting();
  look_later();
  return answer;
}

/// Nodes that are there stay, those that nobody wants any more go.
void engine_state::keep_wanted(std::vector<std::string>& addresses) {
  auto before = std::exchange(nodes, {});
  for (auto& address : addresses) {
    auto known = std::ranges::find(before, address, &connected_node::address);
    if (known != before.end() && known->up)
      nodes.push_back(std::move(*known));
    else
      nodes.push_back({std::move(address), {}});
    if (known != before.end())
      before.erase(known);
  }
  std::ranges::for_each(before, [this](auto& x) { disconnect(x); });
}

void engine_state::find_missing() {
  for (auto& x : nodes) {
    if (x.up)
      continue;
    if (auto node = find_node(self->system(), x.address))
      visit_node(x, node);
    else
      dial_peer(self->system(), x.address, link_setup);
  }
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
  request_from(self, node, caf::infinite, visit{link_setup.self.name})
    .then([this](link_up& x) { on_link_up(x); },
          [this](const caf::error& why) { end_connecting(why); });
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
      return end_connecting(make_failure(
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
  complete_connecting();
}

void engine_state::complete_connecting() {
  auto is_up = [](const connected_node& x) { return x.up.has_value(); };
  if (!std::ranges::all_of(nodes, is_up))
    return;
  view_nodes();
  connecting->deliver(cluster);
  connecting.reset();
}

void engine_state::view_nodes() {
  cluster.nodes.clear();
  for (const auto& y : nodes) {
    const auto& z = y.up->peer;
    cluster.nodes.push_back({z.name, z.address, z.incarnation, z.threads});
  }
}

/// Nodes that were found stay, for the next attempt.
void engine_state::end_connecting(const caf::error& why) {
  if (!connecting)
    return;
  connecting->deliver(why);
  connecting.reset();
  std::erase_if(nodes, [](const connected_node& x) { return !x.up; });
  view_nodes();
}

void engine_state::look_after_connecting() {
  if (!connecting || ++connecting_looks < connect_limit)
    return;
  auto silent = std::ranges::find_if(
    nodes, [](const connected_node& y) { return !y.up; });
  end_connecting(make_failure(
    errc::unreachable,
    fmt::format("what listens at {} does not answer like a node: is it "
                "'ganglion node'?",
                silent->address)));
}

void engine_state::on_link_down(const link_down& x) {
  auto ours = [&](const connected_node& y) {
    return y.up && !y.here ? y.up->link == x.link : y.address == x.dialled;
  };
  auto i = std::find_if(nodes.begin(), nodes.end(), ours);
  if (i == nodes.end())
    return;
  if (!i->up)
    return end_connecting(x.why);
  auto gone = i->up->peer.name;
  auto why = make_failure(errc::node_lost,
                          {fmt::format("node '{}' at {} was lost: {}", gone,
                                       i->address, explain(x.why)),
                           {},
                           {},
                           {gone}});
  i->up.reset();
  end_connecting(why);
  if (now)
    end_run(why);
  std::erase_if(nodes, [](const connected_node& y) { return !y.up; });
  view_nodes();
}

void engine_state::disconnect(connected_node& x) {
  if (x.up && x.here)
    post_to(x.up->link, leave{self->id()});
  else if (x.up)
    self->send_exit(x.up->link, caf::exit_reason::user_shutdown);
  x.up.reset();
}

} // namespace ganglion
