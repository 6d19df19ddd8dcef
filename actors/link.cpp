#include "actors/link.hpp"

#include <type_traits>
#include <utility>
#include <variant>

#include <caf/actor_cast.hpp>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Time that a node has for a request of an engine's.
constexpr auto request_limit = std::chrono::seconds{30};

/// The same where it has to read its part of a model from a share, or to fetch
/// what moves to it.
constexpr auto storage_limit = std::chrono::seconds{600};

template <class T, class... Ts>
constexpr bool one_of = (std::is_same_v<T, Ts> || ...);

template <class Request>
constexpr auto limit_of = one_of<Request, open_store, load_shards, prepare_move>
                            ? storage_limit
                            : request_limit;

failure failure_of(const caf::error& err) {
  auto code = err.category() == caf::type_id_v<errc>
                ? static_cast<errc>(err.code())
                : errc::system;
  return {code, details_of(err)};
}

} // namespace

bool link_actor::enqueue(caf::mailbox_element_ptr what, caf_scheduler* where) {
  return port_->take_at_once(what->content())
         || super::enqueue(std::move(what), where);
}

link_state::link_state(base* ptr, std::shared_ptr<link_port> to_peer)
  : self(ptr), port(std::move(to_peer)) {
  // nop
}

link_state::~link_state() {
  port->close();
}

caf::behavior link_state::make_behavior() {
  when_told_to_exit(self, [this](const caf::error&) { self->quit(); });
  // Nobody would close a link whose owner ended while it was dialling.
  owner_watch = exit_watch{port->config().owner, self};
  link_port::open(port, caf::actor_cast<caf::actor>(self));
  auto request = [this](auto& x) { return send_request(std::move(x)); };
  return {
    [this](control_arrived& x) { on_arrived(*x.message); },
    [this](const connection_ended& x) { on_ended(x.why); },
    // What the owner is told about a peer comes from here, in order.
    [this](link_up& x) { send_to(self, port->config().owner, std::move(x)); },
    [request](deploy& x) { return request(x); },
    [request](release& x) { return request(x); },
    [request](fetch& x) { return request(x); },
    [request](store& x) { return request(x); },
    [request](fetch_digests& x) { return request(x); },
    [request](fetch_traffic& x) { return request(x); },
    [request](open_store& x) { return request(x); },
    [request](load_shards& x) { return request(x); },
    [request](fetch_status& x) { return request(x); },
    [request](fetch_trace& x) { return request(x); },
    [request](prepare_move& x) { return request(x); },
    [request](settle_move& x) { return request(x); },
    [request](fetch_outputs& x) { return request(x); },
    [request](keep_step& x) { return request(x); },
  };
}

void link_state::on_ended(const caf::error& why) {
  const auto& config = port->config();
  send_to(self, config.owner,
          link_down{caf::actor_cast<caf::actor>(self), port->peer(),
                    config.dialled, why});
  for (auto& [number, promise] : pending)
    promise.deliver(why);
  self->quit();
}

void link_state::on_arrived(control_envelope& x) {
  if (x.reply)
    return on_reply(x);
  std::visit([&](auto& y) { take(x.number, y); }, x.content);
}

template <class T>
void link_state::take(std::uint64_t number, T& x) {
  if constexpr (one_of<T, deploy>)
    take_request<deployed>(number, x);
  else if constexpr (one_of<T, fetch>)
    take_request<parameter_slice>(number, x);
  else if constexpr (one_of<T, fetch_digests>)
    take_request<digests>(number, x);
  else if constexpr (one_of<T, store>)
    take_request<stored>(number, x);
  else if constexpr (one_of<T, open_store>)
    take_request<store_opened>(number, x);
  else if constexpr (one_of<T, load_shards>)
    take_request<shards_loaded>(number, x);
  else if constexpr (one_of<T, fetch_status>)
    take_request<node_status>(number, x);
  else if constexpr (one_of<T, fetch_trace>)
    take_request<trace_report>(number, x);
  else if constexpr (one_of<T, prepare_move>)
    take_request<move_prepared>(number, x);
  else if constexpr (one_of<T, settle_move>)
    take_request<move_settled>(number, x);
  else if constexpr (one_of<T, keep_step>)
    take_request<step_kept>(number, x);
  else if constexpr (one_of<T, fetch_outputs>)
    take_request<output_slice>(number, x);
  else if constexpr (one_of<T, release, fetch_traffic>)
    take_request<traffic_report>(number, x);
  // Nobody asked for anything else: it is dropped.
}

template <class Answer, class Request>
void link_state::take_request(std::uint64_t number, Request& x) {
  auto answer = [this, number](control_message y) {
    port->send({number, true, std::move(y)});
  };
  request_from(self, port->config().owner, limit_of<Request>, std::move(x))
    .then([answer](const Answer& y) { answer(y); },
          [answer](const caf::error& why) { answer(failure_of(why)); });
}

void link_state::on_reply(control_envelope& x) {
  auto i = pending.find(x.number);
  if (i == pending.end())
    return;
  auto promise = std::move(i->second);
  pending.erase(i);
  std::visit(
    [&](auto& y) {
      if constexpr (std::is_same_v<std::decay_t<decltype(y)>, failure>)
        promise.deliver(make_failure(y.code, std::move(y.why)));
      else
        promise.deliver(std::move(y));
    },
    x.content);
}

caf::response_promise link_state::send_request(control_message x) {
  auto promise = self->make_response_promise();
  if (!port->linked()) {
    promise.deliver(make_failure(errc::node_lost,
                                 "a request to a peer that has not greeted"));
    return promise;
  }
  pending.emplace(++last_number, promise);
  port->send({last_number, false, std::move(x)});
  return promise;
}

} // namespace ganglion
