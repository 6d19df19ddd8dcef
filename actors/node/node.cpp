#include "actors/node/node.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <random>
#include <type_traits>
#include <utility>

#include <caf/actor_registry.hpp>

#include <fmt/format.h>

#include "actors/duty.hpp"
#include "actors/link/gate.hpp"
#include "actors/node/node_state.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/messages/checks.hpp"

namespace ganglion {

namespace {

/// Tells this start of a node from the ones before.
std::uint64_t draw_incarnation() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

link_config links_of(const node_config& config, const node_info& info) {
  link_config result;
  result.any_arithmetic = config.any_arithmetic;
  result.peer_timeout = config.peer_timeout;
  result.self.type_table = type_table_hash();
  result.self.name = info.name;
  result.self.address = info.address;
  result.self.incarnation = info.incarnation;
  result.self.threads = info.threads;
  result.self.arithmetic = own_arithmetic();
  result.peers = std::make_shared<known_peers>(info.name, info.incarnation);
  return result;
}

link_config owned_by(node_actor* self, link_config links) {
  links.owner = caf::actor_cast<caf::actor>(self);
  return links;
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
  auto storage = config.make_storage ? config.make_storage(sys) : caf::actor{};
  auto handle = sys.spawn<node_actor>(info, links_of(config, info), *socket,
                                      std::move(storage), config.exercise);
  sys.registry().put(node_key(info.address), handle);
  return running_node{std::move(handle), std::move(info)};
}

caf::actor find_node(caf::actor_system& sys, const std::string& address) {
  return sys.registry().get<caf::actor>(node_key(address));
}

node_state::node_state(node_actor* ptr, node_info who, link_config links,
                       int socket, caf::actor storage_actor, drill_ptr drilled)
  : self(ptr),
    info(std::move(who)),
    peers(ptr, info, owned_by(ptr, links)),
    gate(open_gate(ptr->system(), socket, owned_by(ptr, links))),
    storage(std::move(storage_actor)),
    exercise(std::move(drilled)),
    up_since(std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count()) {
  when_it_throws(self, [this](const caf::error&) { stop(); });
  if (storage)
    at_fault_of(
      storage, [weak = caf::actor_cast<caf::actor_addr>(
                  caf::actor_cast<caf::actor>(self))](const caf::error& why) {
        if (auto node = caf::actor_cast<caf::actor>(weak))
          post_to(node, part_failed{0, {part_kind::storage, 0, {}}, why});
      });
}

caf::behavior node_state::make_behavior() {
  when_told_to_exit(self, [this](const caf::error&) {
    stop();
    self->quit();
  });
#define GANGLION_SERVE(request, ...) , [this](request& x) { return answer(x); }
  return {[this](link_up& x) { on_link_up(x); },
          [this](const link_down& x) { on_link_down(x); },
          [this](const visit& x) { return on_visit(x); },
          [this](leave x) { on_leave(x); },
          [this](const dial& x) { return on_dial(x); },
          [this](deploy_timeout x) { on_timeout(x); },
          [this](const group_ready& x) { on_ready(x); },
          [this](const flow_done& x) { on_flow_done(x); },
          [this](const group_squares& x) { on_squares(x); },
          [this](run_failed& x) { on_run_failed(x); },
          [this](const part_failed& x) {
            on_part_failed(x);
          } GANGLION_REQUESTS(GANGLION_SERVE)};
#undef GANGLION_SERVE
}

template <is_request Request>
caf::result<answer_to<Request>> node_state::answer(Request& x) {
  constexpr auto by = request_rule<Request>::by;
  try {
    if constexpr (by >= may_ask::owner) {
      auto err = check_asker(run_of(x), by);
      if (!err)
        err = check(x, *current->what);
      if (err)
        return err;
    }
    return serve(x);
  } catch (...) {
    auto why = error_of(std::current_exception());
    auto details = details_of(why);
    details.text = fmt::format("node '{}' cannot serve '{}': {}", info.name,
                               request_rule<Request>::name, details.text);
    details.nodes = {info.name};
    auto failed = make_failure(errc::system, std::move(details));
    if constexpr (std::is_same_v<Request, deploy>)
      if (current && !current->complete)
        fail_deploy(failed);
    return failed;
  }
}

/// Here and not in the link, so that a request meets the deployment that came
/// before it.
caf::error node_state::check_asker(run_id run, may_ask by) const {
  auto who = caf::actor_cast<caf::actor>(self->current_sender());
  if (current && current->what->run == run
      && (who == current->setup.engine
          || (by == may_ask::member
              && peers.is_link_to(who, current->what->cluster))))
    return {};
  return make_failure(
    errc::not_found,
    {fmt::format("node '{}' computes nothing for this run, or for another "
                 "engine than the one that asks",
                 info.name),
     {},
     {},
     {info.name}});
}

void node_state::on_link_up(link_up& x) {
  lose(peers.arrive(x), make_failure(errc::node_lost, "it was started anew"));
  make_if_linked();
}

void node_state::on_link_down(const link_down& x) {
  auto gone = peers.leave(x);
  if (current && !current->routes)
    for (const auto& y : peers.missing(current->what->cluster))
      if (y.name == x.peer.name || y.address == x.dialled)
        return fail_deploy(make_failure(
          errc::unreachable,
          {fmt::format("node '{}' cannot reach node '{}' at {}: {}", info.name,
                       y.name, y.address, explain(x.why)),
           {},
           {},
           {y.name}}));
  lose(gone, x.why);
}

/// Ends the run of an engine that is gone, or tells the engine of a node.
void node_state::lose(const membership::departure& who, const caf::error& why) {
  if (!current)
    return;
  if (who.engine != 0 && who.engine == current->setup.engine.id())
    return end_deployment();
  const auto& nodes = current->what->cluster.nodes;
  auto takes_part = std::any_of(nodes.begin(), nodes.end(), [&](const auto& x) {
    return x.name == who.peer;
  });
  if (!takes_part || !current->routes)
    return;
  auto details = details_of(why);
  details.nodes = {who.peer};
  run_failed report{current->what->run, std::move(details)};
  on_run_failed(report);
}

link_up node_state::on_visit(const visit& x) {
  return peers.visit_by(x.name,
                        caf::actor_cast<caf::actor>(self->current_sender()));
}

void node_state::on_leave(leave x) {
  peers.forget_visitor(x.visitor);
  lose({{}, x.visitor}, {});
}

caf::response_promise node_state::on_dial(const dial& x) {
  return peers.dial(x.address);
}

void node_state::stop() {
  if (current)
    end_deployment();
  peers.end_all();
  self->system().registry().erase(node_key(info.address));
  if (storage)
    self->send_exit(storage, caf::exit_reason::user_shutdown);
  self->send_exit(gate, caf::exit_reason::user_shutdown);
}

} // namespace ganglion
