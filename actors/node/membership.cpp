#include "actors/node/membership.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>

#include "actors/link/gate.hpp"
#include "actors/metrics.hpp"
#include "metadata/caf_compat.hpp"

namespace ganglion {

namespace {

/// Those who look at one time.
constexpr std::size_t max_observers = 16;

link_traffic traffic_over(const membership::peer_link& x) {
  return {x.up.peer.name, x.up.peer.engine, x.up.counters->sent - x.before.sent,
          x.up.counters->received - x.before.received};
}

} // namespace

membership::membership(caf::event_based_actor* self, node_info own,
                       link_config setup)
  : self_(self), own_(std::move(own)), setup_(std::move(setup)) {
  // nop
}

void membership::drop(const caf::actor& link) {
  self_->send_exit(link, caf::exit_reason::user_shutdown);
}

bool membership::keeps(const link_up& known, const link_up& other) const {
  if (known.peer.incarnation != other.peer.incarnation)
    return false;
  // Both sides dialled at once: they keep the one that the lower name began.
  auto lower_dialled = [this](const link_up& x) {
    return x.dialled.empty() == (x.peer.name < own_.name);
  };
  return lower_dialled(known) || !lower_dialled(other);
}

membership::departure membership::arrive(link_up& x) {
  if (!x.peer.observer && !x.peer.engine)
    return add_peer(x);
  auto id = x.link.id();
  if (x.peer.observer)
    add_observer(x.link);
  else
    engines_.emplace(id, peer_link{std::move(x), {}});
  return {};
}

void membership::add_observer(const caf::actor& link) {
  if (observers_.size() < max_observers)
    observers_.emplace(link.id(), link);
  else
    drop(link);
}

membership::departure membership::add_peer(link_up& x) {
  departure result;
  auto address = x.dialled;
  auto name = x.peer.name;
  auto known = peers_.find(name);
  if (known != peers_.end() && keeps(known->second.up, x)) {
    drop(x.link);
  } else {
    if (known != peers_.end()) {
      // Its greeting was let in: see known_peers.
      if (known->second.up.peer.incarnation != x.peer.incarnation)
        result.peer = name;
      drop(known->second.up.link);
    }
    peers_[name] = peer_link{std::move(x), {}};
  }
  if (!address.empty())
    settle_dial(address, name);
  return result;
}

link_up membership::visit_by(const std::string& name,
                             const caf::actor& engine) {
  auto here = caf::actor_cast<caf::actor>(self_);
  auto counters = std::make_shared<link_counters>();
  peer_info visitor;
  visitor.name = name;
  visitor.engine = true;
  engines_.emplace(engine.id(),
                   peer_link{{engine, visitor, {}, counters}, {}, true});
  at_exit_of(engine,
             [weak = caf::actor_cast<caf::actor_addr>(here), id = engine.id()] {
               if (auto node = caf::actor_cast<caf::actor>(weak))
                 post_to(node, ganglion::leave{id});
             });
  return {here,
          {own_.name, own_.address, own_.incarnation, own_.threads, false},
          own_.address,
          counters};
}

membership::departure membership::leave(const link_down& x) {
  if (!x.dialled.empty())
    settle_dial(x.dialled, x.why);
  if (!x.link || observers_.erase(x.link.id()) > 0)
    return {};
  if (engines_.erase(x.link.id()) > 0)
    return {{}, x.link.id()};
  auto i = peers_.find(x.peer.name);
  if (i == peers_.end() || i->second.up.link != x.link)
    return {};
  peers_.erase(i);
  return {x.peer.name, 0};
}

void membership::forget_visitor(caf::actor_id engine) {
  engines_.erase(engine);
}

caf::response_promise membership::dial(const std::string& address) {
  auto promise = self_->make_response_promise();
  dials_.emplace(address, promise);
  dial_peer(self_->system(), address, setup_);
  return promise;
}

void membership::settle_dial(const std::string& address,
                             caf::expected<std::string> who) {
  auto [first, last] = dials_.equal_range(address);
  for (auto i = first; i != last; ++i) {
    if (who)
      i->second.deliver(*who);
    else
      i->second.deliver(who.error());
  }
  dials_.erase(first, last);
}

std::vector<node_info> membership::missing(const cluster_view& cluster) const {
  std::vector<node_info> result;
  for (const auto& x : cluster.nodes) {
    auto i = peers_.find(x.name);
    if (x.name != own_.name
        && (i == peers_.end()
            || i->second.up.peer.incarnation != x.incarnation))
      result.push_back(x);
  }
  return result;
}

void membership::dial_missing(const cluster_view& cluster) {
  for (const auto& x : missing(cluster))
    if (own_.name < x.name)
      dial_peer(self_->system(), x.address, setup_);
}

caf::actor membership::link_to(const std::string& node) const {
  auto i = peers_.find(node);
  return i != peers_.end() ? i->second.up.link : caf::actor{};
}

bool membership::is_link_to(const caf::actor& link,
                            const cluster_view& cluster) const {
  return link && std::ranges::any_of(cluster.nodes, [&](const node_info& x) {
           return link_to(x.name) == link;
         });
}

void membership::attach_run(const attach& routes, const cluster_view& cluster,
                            caf::actor_id engine, bool count_anew) {
  auto begin = [&](peer_link& x, std::size_t index, bool is_node) {
    if (count_anew)
      x.before = {x.up.counters->sent, x.up.counters->received};
    auto mine = routes;
    if (is_node)
      mine.peer = static_cast<node_index>(index);
    if (mine.metrics)
      mine.track = mine.metrics->peer_track(index);
    send_to(self_, x.up.link, mine);
  };
  const auto& nodes = cluster.nodes;
  std::map<std::string, std::uint64_t> used;
  for (const auto& x : nodes)
    used.emplace(x.name, x.incarnation);
  setup_.peers->use(std::move(used));
  for (std::size_t k = 0; k < nodes.size(); ++k)
    if (auto i = peers_.find(nodes[k].name); i != peers_.end())
      begin(i->second, k, true);
  if (auto i = engines_.find(engine); i != engines_.end())
    begin(i->second, nodes.size(), false);
}

void membership::detach_all() {
  setup_.peers->use({});
  for (auto& [key, x] : peers_)
    send_to(self_, x.up.link, attach{});
  for (auto& [id, x] : engines_)
    send_to(self_, x.up.link, attach{});
}

std::vector<link_traffic> membership::traffic(const cluster_view& cluster,
                                              caf::actor_id engine) const {
  std::vector<link_traffic> result;
  for (const auto& x : cluster.nodes)
    if (auto i = peers_.find(x.name); i != peers_.end())
      result.push_back(traffic_over(i->second));
  if (auto i = engines_.find(engine); i != engines_.end())
    result.push_back(traffic_over(i->second));
  return result;
}

std::vector<node_info> membership::peers() const {
  std::vector<node_info> result;
  for (const auto& [key, x] : peers_) {
    const auto& peer = x.up.peer;
    result.push_back({peer.name, peer.address, peer.incarnation, peer.threads});
  }
  return result;
}

void membership::end_all() {
  for (auto& [key, x] : peers_)
    drop(x.up.link);
  for (auto& [id, x] : engines_)
    if (!x.visits)
      drop(x.up.link);
}

} // namespace ganglion
