#include "actors/node.hpp"

#include <chrono>
#include <random>
#include <utility>

#include <caf/actor_registry.hpp>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Those who look at one time.
constexpr std::size_t max_observers = 16;

/// Tells this start of a node from the ones before.
std::uint64_t draw_incarnation() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

} // namespace

std::string node_key(const std::string& address) {
  return "ganglion.node at " + address;
}

caf::expected<running_node> start_node(caf::actor_system& sys,
                                       const node_config& config) {
  auto socket = listen_at(config.listen);
  if (!socket)
    return socket.error();
  node_info info;
  info.name = config.name;
  info.address = config.advertise.empty()
                   ? to_string({config.listen.host, port_of(*socket)})
                   : config.advertise;
  info.incarnation = draw_incarnation();
  info.threads = config.threads;
  link_config links;
  links.any_arithmetic = config.any_arithmetic;
  links.peer_timeout = config.peer_timeout;
  links.self.type_table = type_table_hash();
  links.self.name = info.name;
  links.self.address = info.address;
  links.self.incarnation = info.incarnation;
  links.self.threads = info.threads;
  links.self.arithmetic = own_arithmetic();
  auto storage = config.make_storage ? config.make_storage(sys) : caf::actor{};
  auto handle = sys.spawn<node_actor>(info, links, *socket, std::move(storage));
  sys.registry().put(node_key(info.address), handle);
  return running_node{std::move(handle), std::move(info)};
}

caf::actor find_node(caf::actor_system& sys, const std::string& address) {
  return sys.registry().get<caf::actor>(node_key(address));
}

node_state::node_state(node_actor* ptr, node_info who, link_config links,
                       int socket, caf::actor storage_actor)
  : self(ptr),
    info(std::move(who)),
    link_setup(std::move(links)),
    listening_socket(socket),
    storage(std::move(storage_actor)),
    up_since(std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count()) {
  link_setup.owner = caf::actor_cast<caf::actor>(self);
}

caf::behavior node_state::make_behavior() {
  gate = open_gate(self->system(), listening_socket, link_setup);
  when_told_to_exit(self, [this](const caf::error&) { stop(); });
  return {
    [this](link_up& x) { on_link_up(x); },
    [this](const link_down& x) { on_link_down(x); },
    [this](const visit& x) { return on_visit(x); },
    [this](leave x) { on_leave(x); },
    [this](const dial& x) { return on_dial(x); },
    [this](deploy& x) { return on_deploy(x); },
    [this](deploy_timeout x) { on_timeout(x); },
    [this](const release& x) { return on_release(x.run); },
    [this](const fetch_traffic& x) { return on_traffic(x.run); },
    [this](fetch_status) { return on_status(); },
    [this](fetch_trace x) { return on_trace(x); },
    [this](const flow_done& x) { on_flow_done(x); },
    [this](run_failed& x) { on_run_failed(x); },
    [this](open_store& x) { return on_open_store(x); },
    [this](load_shards& x) { return on_load_shards(x); },
    [this](const keep_step& x) { return on_keep_step(x); },
    [this](shards_written& x) { on_written(x); },
    [this](prepare_move& x) { return on_prepare_move(x); },
    [this](const settle_move& x) { return on_settle_move(x); },
    [this](fetch& x) { return to_group(x.run, x.range, x); },
    [this](fetch_digests& x) { return to_group(x.run, x.range, x); },
    [this](fetch_outputs& x) { return to_group(x.run, x.range, x); },
    [this](store& x) { return to_group(x.slice.run, x.slice.range, x); },
  };
}

bool node_state::keeps(const link_up& known, const link_up& other) const {
  if (known.peer.incarnation != other.peer.incarnation)
    return false; // the peer was restarted
  // Both sides dialled at once: they keep the one that the lower name began.
  auto lower_dialled = [this](const link_up& x) {
    return x.dialled.empty() == (x.peer.name < info.name);
  };
  return lower_dialled(known) || !lower_dialled(other);
}

void node_state::on_link_up(link_up& x) {
  auto address = x.dialled;
  auto peer_name = x.peer.name;
  if (x.peer.observer) {
    if (observers.size() < max_observers)
      observers.emplace(x.link.id(), x.link);
    else
      self->send_exit(x.link, caf::exit_reason::user_shutdown);
    return;
  }
  if (x.peer.engine) {
    auto id = x.link.id();
    engines.emplace(id, peer_link{std::move(x), {}});
    return;
  }
  auto known = peers.find(peer_name);
  if (known != peers.end() && keeps(known->second.up, x)) {
    self->send_exit(x.link, caf::exit_reason::user_shutdown);
  } else {
    if (known != peers.end())
      self->send_exit(known->second.up.link, caf::exit_reason::user_shutdown);
    peers[peer_name] = peer_link{std::move(x), {}};
  }
  if (!address.empty())
    settle_dial(address, peer_name);
  complete_if_linked();
}

void node_state::settle_dial(const std::string& address,
                             caf::expected<std::string> who) {
  auto [first, last] = dials.equal_range(address);
  for (auto i = first; i != last; ++i) {
    if (who)
      i->second.deliver(*who);
    else
      i->second.deliver(who.error());
  }
  dials.erase(first, last);
}

void node_state::on_link_down(const link_down& x) {
  if (!x.dialled.empty())
    settle_dial(x.dialled, x.why);
  if (x.link && observers.erase(x.link.id()) > 0)
    return;
  if (x.link && engines.erase(x.link.id()) > 0) {
    if (current && current->engine == x.link)
      end_deployment();
    return;
  }
  auto i = peers.find(x.peer.name);
  auto was_peer = i != peers.end() && i->second.up.link == x.link;
  if (was_peer)
    peers.erase(i);
  if (!current)
    return;
  if (!current->complete) {
    for (const auto& y : missing_peers())
      if (y.name == x.peer.name || y.address == x.dialled)
        return fail_deploy(x.why);
  } else if (was_peer) {
    run_failed report{current->what.run, details_of(x.why)};
    on_run_failed(report);
  }
}

link_up node_state::on_visit(const visit& x) {
  auto engine = caf::actor_cast<caf::actor>(self->current_sender());
  auto here = caf::actor_cast<caf::actor>(self);
  auto counters = std::make_shared<link_counters>();
  peer_info visitor;
  visitor.name = x.name;
  visitor.engine = true;
  engines.emplace(engine.id(),
                  peer_link{{engine, visitor, {}, counters}, {}, true});
  at_exit_of(engine,
             [weak = caf::actor_cast<caf::actor_addr>(here), id = engine.id()] {
               if (auto node = caf::actor_cast<caf::actor>(weak))
                 post_to(node, leave{id});
             });
  return {here,
          {info.name, info.address, info.incarnation, info.threads, false},
          info.address,
          counters};
}

void node_state::on_leave(leave x) {
  engines.erase(x.visitor);
  if (current && current->engine.id() == x.visitor)
    end_deployment();
}

caf::response_promise node_state::on_dial(const dial& x) {
  auto promise = self->make_response_promise();
  dials.emplace(x.address, promise);
  dial_peer(self->system(), x.address, link_setup);
  return promise;
}

} // namespace ganglion
