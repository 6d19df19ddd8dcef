// What a link does with the frames that its peer sends, on the connection's
// thread.
#include <utility>

#include <fmt/format.h>

#include "actors/link/link_port.hpp"
#include "actors/metrics.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/messages/checks.hpp"

namespace ganglion {

namespace {

/// Requests that a peer may have open at a time: nobody of ours has more than
/// a handful.
constexpr int max_open_requests = 64;

/// Answers that wait for a peer to take them, in bytes, from which on it may
/// not ask for more.
constexpr std::size_t max_waiting_answers = std::size_t{1} << 25;

/// A message that is not of a known run, or goes without a slice, may not hold
/// one.
constexpr std::size_t no_slice = std::size_t{1} << 16;

caf::error broken(std::string text) {
  return make_failure(errc::protocol, std::move(text));
}

/// Who takes an arrived tensor on this side; nobody where it is misdirected.
caf::actor target_of(const registry& to, const tensor_message& x) {
  const auto& head = head_of(x);
  if (std::holds_alternative<gradient>(x)) {
    auto group = to.local_group_of(head.range.first);
    return group && group->range == head.range ? group->handle : nullptr;
  }
  if (std::holds_alternative<targets>(x))
    return to.local_loss();
  if (std::holds_alternative<outputs>(x))
    return to.engine();
  // What feeds no layer but itself feeds the loss.
  return to.net().feeds_loss(head.layer) && head.tick == 0
           ? to.local_loss()
           : to.local_relay(head.layer);
}

bool belongs_to(const attach& to, const header& x) {
  return to.routes && x.run == to.what->run && x.epoch == to.what->epoch;
}

/// Who may send a message by itself, whatever it is about: its place among
/// those who ask (`may_ask`), or nothing for what is no request.
template <class T>
std::optional<may_ask> who_may_send(const T&) {
  if constexpr (is_request<T>)
    return request_rule<T>::by;
  else
    return std::nullopt;
}

template <class T, class... Ts>
constexpr bool is_one_of = (std::is_same_v<T, Ts> || ...);

#define GANGLION_REPORT_TYPE(report, ...) , report
template <class T>
constexpr bool is_report = is_one_of<T GANGLION_REPORTS(GANGLION_REPORT_TYPE)>;
#undef GANGLION_REPORT_TYPE

} // namespace

caf::error link_port::on_frame(const frame_prefix& prefix,
                               std::span<const std::byte> payload) {
  switch (prefix.kind) {
    case frame_kind::hello:
    case frame_kind::welcome:
    case frame_kind::refuse: {
      auto err = on_greeting(prefix.kind, payload);
      if (err && !linked_ && prefix.kind != frame_kind::refuse)
        refuse(err);
      return err;
    }
    case frame_kind::heartbeat:
      return on_pulse(payload);
    case frame_kind::control:
      return on_control(prefix, payload);
    default:
      return on_tensor_head(prefix, payload);
  }
}

caf::error link_port::on_pulse(std::span<const std::byte> payload) {
  auto said = pulse_from(payload);
  if (!said)
    return said.error();
  connection_->counters()->work = said->work;
  connection_->counters()->stuck = said->stuck;
  return {};
}

caf::error link_port::on_tensor_head(const frame_prefix& prefix,
                                     std::span<const std::byte> payload) {
  auto head = head_from(payload);
  if (!head)
    return head.error();
  auto to = routes();
  auto wanted = belongs_to(to, head_of(head->message));
  if (wanted)
    if (auto err = check_tensor_of(*head, to))
      return err;
  return tensors_.announce(prefix.stream, std::move(*head), wanted,
                           config_.memory);
}

/// Whether it fits the deployment, and is the peer's to send.
caf::error link_port::check_tensor_of(const tensor_head& x, const attach& to) {
  return std::visit(
    [&](const auto& y) -> caf::error {
      using type = std::decay_t<decltype(y)>;
      if (auto err = check_tensor(y, x.rows, x.columns, *to.what))
        return err;
      if constexpr (std::is_same_v<type, targets>)
        return to.peer ? broken("targets that are not the engine's")
                       : caf::error{};
      if constexpr (std::is_same_v<type, gradient>)
        return to.peer ? caf::error{} : broken("a gradient of an engine");
      // The network's answers come from the loss, which has gathered them.
      auto whole
        = std::is_same_v<
            type,
            outputs> && y.head.range == to.what->net.range_of(y.head.layer);
      if (to.what->net.is_given(y.head.layer))
        return to.peer ? broken("samples that are not the engine's")
                       : caf::error{};
      if (!to.peer)
        return broken("outputs of an engine");
      if (whole)
        return {};
      // Of the others, the relay knows which there must be.
      auto known = y.head.range;
      if constexpr (std::is_same_v<type, tick_values>)
        known.count = 1;
      return check_holder(known, *to.peer, *to.what);
    },
    x.message);
}

caf::error link_port::on_tensor_bytes(const frame_prefix& prefix,
                                      std::span<const std::byte> bytes) {
  return deliver(tensors_.add(prefix.stream, bytes));
}

std::span<std::byte> link_port::tensor_room(const frame_prefix& prefix,
                                            std::size_t left) {
  return tensors_.room(prefix.stream, left);
}

caf::error link_port::on_tensor_filled(const frame_prefix& prefix,
                                       std::size_t count) {
  return deliver(tensors_.filled(prefix.stream, count));
}

caf::error link_port::deliver(whole_tensor x) {
  if (!x)
    return x.error();
  if (!*x)
    return {};
  auto& message = **x;
  const auto& head = head_of(message);
  auto to = routes();
  // The run may have ended while the tensor arrived.
  if (!belongs_to(to, head))
    return {};
  auto target = target_of(*to.routes, message);
  if (!target)
    return broken(fmt::format("a tensor for neurons {} of layer {}, which this "
                              "side has no use for",
                              to_string(head.range), head.layer));
  if (to.metrics)
    to.metrics->arrived(to.track, head,
                        std::holds_alternative<activation>(message),
                        tensors_.announced_at(), connection::clock::now());
  std::visit([&](auto& y) { post_to(target, std::move(y)); }, message);
  return {};
}

caf::error link_port::on_control(const frame_prefix& prefix,
                                 std::span<const std::byte> payload) {
  auto last = (prefix.flags & frame_last) != 0;
  if (last && gathered_.empty()) {
    if (auto err = check_size(payload, payload.size()))
      return err;
    auto message = control_from(payload);
    return message ? dispatch(std::move(*message)) : message.error();
  }
  if (!gathered_.empty() && prefix.stream != gathered_stream_)
    return broken("control messages that alternate");
  gathered_stream_ = prefix.stream;
  auto start = gathered_.empty() ? payload
                                 : std::span<const std::byte>{gathered_};
  if (auto err = check_size(start, gathered_.size() + payload.size()))
    return err;
  if (!gathered_memory_.grow(config_.memory, payload.size()))
    return broken(fmt::format("no memory is left for a message of more than {} "
                              "bytes: others are on their way",
                              gathered_.size()));
  gathered_.insert(gathered_.end(), payload.begin(), payload.end());
  if (!last)
    return {};
  auto message = control_from(gathered_);
  gathered_ = {};
  gathered_memory_ = {};
  return message ? dispatch(std::move(*message)) : message.error();
}

caf::error link_port::check_size(std::span<const std::byte> start,
                                 std::size_t size) {
  auto to = routes();
  auto most = most_bytes(start,
                         to.what ? most_slice_bytes(*to.what) : no_slice);
  if (size <= most)
    return {};
  return broken(most == 0 ? "a control message of an unknown kind"
                          : fmt::format("a control message of {} bytes or "
                                        "more, where at most {} are allowed",
                                        size, most));
}

caf::error link_port::dispatch(control_envelope x) {
  auto by = std::visit([](const auto& y) { return who_may_send(y); },
                       x.content);
  if (x.reply) {
    if (!config_.self.engine && peer_.engine)
      return broken("an answer from somebody who was not asked");
  } else if (by) {
    if (auto err = check_asker(name_of(x.content), *by))
      return err;
  } else {
    return std::visit([this](auto& y) { return take_report(y); }, x.content);
  }
  post_to(link_,
          control_arrived{std::make_shared<control_envelope>(std::move(x))});
  return {};
}

caf::error link_port::check_asker(std::string_view request, may_ask by) {
  auto allowed = peer_.observer ? by == may_ask::anyone
                 : peer_.engine ? true
                                : by == may_ask::member;
  if (!allowed || config_.self.engine)
    return broken(
      fmt::format("the request '{}', which is not its to make", request));
  if (++open_requests_ > max_open_requests
      || connection_->waiting_controls() > max_waiting_answers)
    return broken(fmt::format("more requests than it takes answers: {} are "
                              "open",
                              open_requests_.load()));
  return {};
}

void link_port::answer(control_envelope x) {
  --open_requests_;
  send(std::move(x));
}

template <class Report>
caf::error link_port::take_report(Report& x) {
  if constexpr (is_report<Report>) {
    auto to = routes();
    if (!config_.self.engine || !to.routes || !to.peer)
      return config_.self.engine ? caf::error{}
                                 : broken("a report to somebody who is no "
                                          "engine");
    // Of a run, or a placement, that is over.
    if (run_of(x) != to.what->run)
      return {};
    if (auto err = check_report(x, *to.peer, *to.what))
      return err;
    if constexpr (std::is_same_v<Report, run_failed>)
      x.why.text = words_of_peer(x.why.text);
    if constexpr (std::is_same_v<Report, shards_written>)
      if (!x.failure.text.empty())
        x.failure.text = words_of_peer(x.failure.text);
    post_to(to.routes->engine(), std::move(x));
    return {};
  } else {
    return broken(fmt::format("'{}' without having been asked",
                              name_of(control_message{std::move(x)})));
  }
}

} // namespace ganglion
