// What a link does with the frames that its peer sends.
#include <utility>

#include <fmt/format.h>

#include "actors/link.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Longest control message, gathered from frames as they arrive.
constexpr std::size_t max_control_size = std::size_t{1} << 28;

/// Time that a node has for a request of an engine's.
constexpr auto request_limit = std::chrono::seconds{30};

/// The same where it has to read its part of a model from a share.
constexpr auto storage_limit = std::chrono::seconds{600};

template <class T, class... Ts>
constexpr bool one_of = (std::is_same_v<T, Ts> || ...);

template <class Request>
constexpr auto limit_of = one_of<Request, open_store, load_shards>
                            ? storage_limit
                            : request_limit;

caf::error broken(std::string text) {
  return make_failure(errc::protocol, std::move(text));
}

failure failure_of(const caf::error& err) {
  auto code = err.category() == caf::type_id_v<errc>
                ? static_cast<errc>(err.code())
                : errc::system;
  return {code, details_of(err)};
}

/// Who takes an arrived tensor on this side; nobody where it is misdirected.
caf::actor target_of(const registry& to, const tensor_message& x) {
  const auto& head = head_of(x);
  if (std::holds_alternative<gradient>(x))
    return to.local_group(head.range.first);
  if (std::holds_alternative<targets>(x))
    return to.local_loss();
  if (std::holds_alternative<outputs>(x))
    return to.engine();
  // What feeds no layer feeds the loss.
  return to.net().consumers_of(head.layer).empty() ? to.local_loss()
                                                   : to.local_relay(head.layer);
}

} // namespace

caf::error link_state::on_frame(const frame_prefix& prefix,
                                std::span<const std::byte> payload) {
  if (closing)
    return {};
  switch (prefix.kind) {
    case frame_kind::hello:
    case frame_kind::welcome:
    case frame_kind::refuse: {
      auto expected = config.dialled.empty() ? frame_kind::hello
                                             : frame_kind::welcome;
      if (prefix.kind != frame_kind::refuse
          && (linked || prefix.kind != expected))
        return broken("a greeting at the wrong time");
      on_greeting(prefix.kind, payload);
      return {};
    }
    case frame_kind::heartbeat:
      return {};
    case frame_kind::control:
      return on_control(prefix, payload);
    default: {
      auto head = head_from(payload);
      if (!head)
        return head.error();
      const auto& x = head_of(head->message);
      auto wanted = routes.routes && x.run == routes.run
                    && x.epoch == routes.epoch;
      if (wanted)
        if (auto err = check_head(routes.routes->net(), *head))
          return err;
      return tensors.announce(prefix.stream, std::move(*head), wanted);
    }
  }
}

caf::error link_state::on_tensor_bytes(const frame_prefix& prefix,
                                       std::span<const std::byte> bytes) {
  if (closing)
    return {};
  auto whole = tensors.add(prefix.stream, bytes);
  if (!whole)
    return whole.error();
  if (*whole)
    return deliver(std::move(**whole));
  return {};
}

caf::error link_state::on_control(const frame_prefix& prefix,
                                  std::span<const std::byte> payload) {
  auto i = controls.find(prefix.stream);
  auto last = (prefix.flags & frame_last) != 0;
  if (i == controls.end() && !last)
    i = controls.emplace(prefix.stream, std::vector<std::byte>{}).first;
  if (controls.size() > 1)
    return broken("control messages that alternate");
  if (i != controls.end()) {
    if (i->second.size() + payload.size() > max_control_size)
      return broken("a control message that is too long");
    i->second.insert(i->second.end(), payload.begin(), payload.end());
    if (!last)
      return {};
    auto bytes = std::move(i->second);
    controls.erase(i);
    auto message = control_from(bytes);
    return message ? dispatch(std::move(*message)) : message.error();
  }
  auto message = control_from(payload);
  return message ? dispatch(std::move(*message)) : message.error();
}

caf::error link_state::deliver(tensor_message x) {
  const auto& head = head_of(x);
  // The run may have ended while the tensor arrived.
  if (!routes.routes || head.run != routes.run || head.epoch != routes.epoch)
    return {};
  auto target = target_of(*routes.routes, x);
  if (!target)
    return broken(fmt::format("a tensor for neurons {} of layer {}, which this "
                              "side has no use for",
                              to_string(head.range), head.layer));
  std::visit([&](auto& y) { send_to(self, target, std::move(y)); }, x);
  return {};
}

caf::error link_state::dispatch(control_envelope x) {
  if (x.reply) {
    on_reply(x.number, std::move(x.content));
    return {};
  }
  auto accept = [&](auto& y) { return take(x.number, y); };
  return std::visit(accept, x.content);
}

template <class Report>
caf::error link_state::take_report(Report& x) {
  if (!config.self.engine)
    return broken("a report to somebody who is no engine");
  if (routes.routes)
    send_to(self, routes.routes->engine(), std::move(x));
  return {};
}

template <class Answer, class Request>
caf::error link_state::take_request(std::uint64_t number, Request& x) {
  if (!peer.engine || config.self.engine)
    return broken("a request from somebody who is no engine");
  request_from(self, config.owner, limit_of<Request>, std::move(x))
    .then(
      [=, this](const Answer& y) { answer(number, y); },
      [=, this](const caf::error& why) { answer(number, failure_of(why)); });
  return {};
}

template <class T>
caf::error link_state::take(std::uint64_t number, T& x) {
  if constexpr (one_of<T, loss_report, flow_done, run_failed, shards_written>)
    return take_report(x);
  else if constexpr (one_of<T, deploy>)
    return take_request<deployed>(number, x);
  else if constexpr (one_of<T, fetch>)
    return take_request<parameter_slice>(number, x);
  else if constexpr (one_of<T, fetch_digests>)
    return take_request<digests>(number, x);
  else if constexpr (one_of<T, store>)
    return take_request<stored>(number, x);
  else if constexpr (one_of<T, open_store>)
    return take_request<store_opened>(number, x);
  else if constexpr (one_of<T, load_shards>)
    return take_request<shards_loaded>(number, x);
  else if constexpr (one_of<T, release, fetch_traffic>)
    return take_request<traffic_report>(number, x);
  else
    return broken("an answer that nobody asked for");
}

void link_state::answer(std::uint64_t number, control_message content) {
  if (closing)
    return;
  out.add(control_envelope{number, true, std::move(content)});
  pump();
}

void link_state::on_reply(std::uint64_t number, control_message content) {
  auto i = pending.find(number);
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
    content);
}

} // namespace ganglion
