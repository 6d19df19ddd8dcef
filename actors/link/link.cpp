#include "actors/link/link.hpp"

#include <type_traits>
#include <utility>
#include <variant>

#include <caf/actor_cast.hpp>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/checks.hpp"

namespace ganglion {

namespace {

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
#define GANGLION_FORWARD(request, ...)                                         \
  , [this](request& x) { return send_request(x); }
  return {[this](control_arrived& x) { on_arrived(*x.message); },
          [this](const connection_ended& x) { on_ended(x.why); },
          // What the owner is told about a peer comes from here, in order.
          [this](link_up& x) {
            send_to(self, port->config().owner, std::move(x));
          } GANGLION_REQUESTS(GANGLION_FORWARD)};
#undef GANGLION_FORWARD
}

void link_state::on_ended(const caf::error& why) {
  const auto& config = port->config();
  send_to(self, config.owner,
          link_down{caf::actor_cast<caf::actor>(self), port->peer(),
                    config.dialled, why});
  for (auto& [number, x] : pending)
    x.promise.deliver(why);
  self->quit();
}

void link_state::on_arrived(control_envelope& x) {
  if (x.reply)
    return on_reply(x);
  std::visit(
    [&](auto& y) {
      if constexpr (is_request<std::decay_t<decltype(y)>>)
        take(x.number, y);
    },
    x.content);
}

template <is_request Request>
void link_state::take(std::uint64_t number, Request& x) {
  auto answer = [this, number](control_message y) {
    port->answer({number, true, std::move(y)});
  };
  // The node answers everything, however long that takes: whoever asked
  // decides how long to wait.
  request_from(self, port->config().owner, caf::infinite, std::move(x))
    .then([answer](const answer_to<Request>& y) { answer(y); },
          [answer](const caf::error& why) { answer(failure_of(why)); });
}

void link_state::on_reply(control_envelope& x) {
  auto i = pending.find(x.number);
  if (i == pending.end())
    return;
  auto asked = std::move(i->second);
  pending.erase(i);
  auto& promise = asked.promise;
  if (auto no = std::get_if<failure>(&x.content))
    return promise.deliver(error_from_peer(*no));
  if (auto err = asked.check(x.content))
    return promise.deliver(std::move(err));
  std::visit(
    [&](auto& y) {
      if constexpr (!std::is_same_v<std::decay_t<decltype(y)>, failure>)
        promise.deliver(std::move(y));
    },
    x.content);
}

/// Whatever a peer says, it is an error, and names the peer.
caf::error link_state::error_from_peer(failure& x) const {
  auto code = x.code == errc::none ? errc::protocol : x.code;
  x.why.text = port->words_of_peer(x.why.text);
  return make_failure(code, std::move(x.why));
}

caf::error link_state::wrong_answer(std::string_view request,
                                    const caf::error& why) const {
  auto details = details_of(why);
  details.text = fmt::format("node '{}' answered '{}' with {}",
                             port->peer().name, request, details.text);
  details.nodes = {port->peer().name};
  return make_failure(errc::protocol, std::move(details));
}

template <is_request Request>
caf::response_promise link_state::send_request(Request& x) {
  auto promise = self->make_response_promise();
  if (!port->linked()) {
    promise.deliver(make_failure(errc::node_lost,
                                 "a request to a peer that has not greeted"));
    return promise;
  }
  auto to = port->routes();
  auto asked = question_of(x, to.peer.value_or(0));
  auto check_answer = [this, asked, what = to.what](const control_message& y) {
    auto answer = std::get_if<answer_to<Request>>(&y);
    auto err = !answer
                 ? make_failure(errc::protocol, fmt::format("'{}'", name_of(y)))
               : what ? check(*answer, asked, *what)
                      : caf::error{};
    return err ? wrong_answer(request_rule<Request>::name, err) : caf::error{};
  };
  pending.emplace(++last_number,
                  open_request{promise, std::move(check_answer)});
  port->send({last_number, false, std::move(x)});
  return promise;
}

} // namespace ganglion
