// What a link does with the frames that its peer sends, on the connection's
// thread.
#include <utility>

#include <fmt/format.h>

#include "actors/link_port.hpp"
#include "actors/metrics.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Longest control message, gathered from frames as they arrive.
constexpr std::size_t max_control_size = std::size_t{1} << 28;

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
  // What feeds no layer, or only itself at a tick, feeds the loss.
  return to.net().consumers_of(head.layer).empty() && head.tick == 0
           ? to.local_loss()
           : to.local_relay(head.layer);
}

/// What somebody who only looks may ask.
bool only_looks(const control_message& x) {
  return std::holds_alternative<fetch_status>(x)
         || std::holds_alternative<fetch_trace>(x);
}

bool belongs_to(const attach& routes, const header& x) {
  return routes.routes && x.run == routes.run && x.epoch == routes.epoch;
}

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
      return {};
    case frame_kind::control:
      return on_control(prefix, payload);
    default:
      return on_tensor_head(prefix, payload);
  }
}

caf::error link_port::on_tensor_head(const frame_prefix& prefix,
                                     std::span<const std::byte> payload) {
  auto head = head_from(payload);
  if (!head)
    return head.error();
  auto to = routes();
  auto wanted = belongs_to(to, head_of(head->message));
  if (wanted)
    if (auto err = check_head(to.routes->net(), *head))
      return err;
  return tensors_.announce(prefix.stream, std::move(*head), wanted);
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
  auto i = controls_.find(prefix.stream);
  auto last = (prefix.flags & frame_last) != 0;
  if (i == controls_.end() && !last)
    i = controls_.emplace(prefix.stream, std::vector<std::byte>{}).first;
  if (controls_.size() > 1)
    return broken("control messages that alternate");
  std::vector<std::byte> gathered;
  if (i != controls_.end()) {
    if (i->second.size() + payload.size() > max_control_size)
      return broken("a control message that is too long");
    i->second.insert(i->second.end(), payload.begin(), payload.end());
    if (!last)
      return {};
    gathered = std::move(i->second);
    controls_.erase(i);
    payload = gathered;
  }
  auto message = control_from(payload);
  return message ? dispatch(std::move(*message)) : message.error();
}

caf::error link_port::dispatch(control_envelope x) {
  if (auto report = std::get_if<loss_report>(&x.content))
    return take_report(*report);
  if (auto report = std::get_if<flow_done>(&x.content))
    return take_report(*report);
  if (auto report = std::get_if<run_failed>(&x.content))
    return take_report(*report);
  if (auto report = std::get_if<shards_written>(&x.content))
    return take_report(*report);
  // Nodes ask each other for neurons that move; all else is for engines.
  auto may_ask = peer_.engine || std::holds_alternative<fetch>(x.content);
  if (!x.reply && (!may_ask || config_.self.engine))
    return broken("a request from somebody who is no engine");
  if (!x.reply && peer_.observer && !only_looks(x.content))
    return broken("a request from somebody who may only look");
  post_to(link_,
          control_arrived{std::make_shared<control_envelope>(std::move(x))});
  return {};
}

template <class Report>
caf::error link_port::take_report(Report& x) {
  if (!config_.self.engine)
    return broken("a report to somebody who is no engine");
  if (auto to = routes(); to.routes)
    post_to(to.routes->engine(), std::move(x));
  return {};
}

} // namespace ganglion
