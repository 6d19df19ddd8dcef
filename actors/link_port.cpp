#include "actors/link_port.hpp"

#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "actors/metrics.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// A peer from which nothing came for so long is lost. A run must end within
/// 10 s of a node's death, and a busy machine may stall for a while.
constexpr auto silence_limit = std::chrono::seconds{6};

/// After so long without anything to say, a sign of life.
constexpr auto heartbeat_interval = std::chrono::seconds{1};

std::string name_of(const peer_info& peer) {
  if (peer.name.empty())
    return "the peer";
  auto kind = peer.observer ? "observer" : peer.engine ? "engine" : "node";
  return fmt::format("{} '{}'", kind, peer.name);
}

} // namespace

caf::error check_fit(const hello& ours, const hello& theirs,
                     bool any_arithmetic) {
  auto both = fmt::format("'{}' and '{}'", ours.name, theirs.name);
  auto fail = [&](std::string text) {
    return make_failure(errc::incompatible,
                        {std::move(text), {}, {}, {ours.name, theirs.name}});
  };
  if (ours.version != theirs.version || ours.type_table != theirs.type_table)
    return fail(fmt::format("{} speak different protocols (versions {} and {}):"
                            " run the same release of Ganglion on both",
                            both, ours.version, theirs.version));
  if (ours.engine || theirs.engine || any_arithmetic)
    return {};
  auto differs = difference(ours.arithmetic, theirs.arithmetic);
  if (differs.empty())
    return {};
  return fail(fmt::format("{} compute differently, so results would depend on "
                          "where neurons live: {}. Use equal machines and "
                          "builds, or start both with --any-arithmetic",
                          both, differs));
}

link_port::link_port(int socket, link_config config)
  : config_(std::move(config)), connection_(socket) {
  // nop
}

link_port::~link_port() {
  no_stranger();
  leave_peers();
}

void link_port::leave_peers() noexcept {
  if (known_.exchange(false))
    config_.peers->leave(peer_.name, peer_.incarnation);
}

void link_port::open(const std::shared_ptr<link_port>& port, caf::actor link) {
  port->link_ = std::move(link);
  const auto& config = port->config_;
  if (!config.dialled.empty())
    port->connection_.send(frame_kind::hello, to_bytes(config.self));
  port->connection_.start(port);
}

void link_port::close() {
  connection_.stop();
  leave_peers();
  // These handles would keep the link, which keeps this.
  link_ = nullptr;
  std::lock_guard guard{mutex_};
  closed_ = true;
  routes_ = {};
}

void link_port::no_stranger() noexcept {
  if (config_.strangers && !std::exchange(greeted_, true))
    --*config_.strangers;
}

attach link_port::routes() {
  std::lock_guard guard{mutex_};
  return routes_;
}

// -- out, on any thread -------------------------------------------------------

bool link_port::take_at_once(const caf::message& x) {
  if (x.match_elements<attach>()) {
    std::lock_guard guard{mutex_};
    if (!closed_)
      routes_ = x.get_as<attach>(0);
    return true;
  }
  auto data = [&]<class T>(std::type_identity<T>) {
    if (!x.match_elements<T>())
      return false;
    if (linked_)
      connection_.send(tensor_message{x.get_as<T>(0)});
    return true;
  };
  auto report = [&]<class T>(std::type_identity<T>) {
    if (!x.match_elements<T>())
      return false;
    send(control_envelope{0, false, x.get_as<T>(0)});
    return true;
  };
#define GANGLION_TAKE(type, ...) || report(std::type_identity<type>{})
  return data(std::type_identity<activation>{})
         || data(std::type_identity<gradient>{})
         || data(std::type_identity<targets>{})
         || data(std::type_identity<outputs>{}) GANGLION_REPORTS(GANGLION_TAKE);
#undef GANGLION_TAKE
}

void link_port::send(control_envelope x) {
  if (linked_)
    connection_.send(x);
}

// -- on the connection's thread -----------------------------------------------

caf::error link_port::on_tick() {
  auto now = connection::clock::now();
  if (now - connection_.last_heard() > silence_limit)
    return make_failure(linked_ ? errc::node_lost : errc::unreachable,
                        {fmt::format("nothing was heard from {} for {} s",
                                     name_of(peer_), silence_limit.count()),
                         {},
                         {},
                         {peer_.name}});
  if (linked_ && connection_.idle_for(heartbeat_interval))
    connection_.send(frame_kind::heartbeat, own_pulse());
  return {};
}

caf::byte_buffer link_port::own_pulse() {
  auto to = routes();
  // Only the engine of the run asks for it, and only of a node.
  if (!to.metrics || !peer_.engine)
    return {};
  auto& work = to.metrics->work();
  return to_bytes(pulse{work.pieces(), work.stuck_since(last_look_)});
}

void link_port::on_end(caf::error why) {
  no_stranger();
  leave_peers();
  if (why == errc::node_lost && linked_) {
    auto details = details_of(why);
    if (details.text.starts_with("it "))
      details.text.replace(0, 2, name_of(peer_));
    details.nodes = {peer_.name};
    why = make_failure(errc::node_lost, std::move(details));
  }
  auto link = std::exchange(link_, nullptr);
  post_to(config_.owner, link_down{link, peer_, config_.dialled, why});
  post_to(link, connection_ended{std::move(why)});
}

void link_port::refuse(const caf::error& why) {
  auto text = explain(why).substr(0, max_handshake_payload);
  auto data = reinterpret_cast<const caf_byte*>(text.data());
  connection_.send(frame_kind::refuse,
                   caf::byte_buffer(data, data + text.size()));
}

caf::error link_port::on_greeting(frame_kind kind,
                                  std::span<const std::byte> payload) {
  if (kind == frame_kind::refuse) {
    auto text = reinterpret_cast<const char*>(payload.data());
    return make_failure(errc::incompatible, std::string{text, payload.size()});
  }
  auto expected = config_.dialled.empty() ? frame_kind::hello
                                          : frame_kind::welcome;
  if (linked_ || kind != expected)
    return make_failure(errc::protocol, "a greeting at the wrong time");
  auto theirs = hello_from(payload);
  auto err = theirs ? check_fit(config_.self, *theirs, config_.any_arithmetic)
                    : theirs.error();
  return err ? err : welcome(*theirs);
}

caf::error link_port::welcome(const hello& theirs) {
  if (config_.peers) {
    if (auto err = config_.peers->arrive(theirs))
      return err;
    known_ = !theirs.engine;
  }
  peer_ = {theirs.name,    theirs.address, theirs.incarnation,
           theirs.threads, theirs.engine,  theirs.observer};
  if (config_.dialled.empty())
    connection_.send(frame_kind::welcome, to_bytes(config_.self));
  no_stranger();
  linked_ = true;
  connection_.handshake_done();
  post_to(config_.owner,
          link_up{link_, peer_, config_.dialled, connection_.counters()});
  return {};
}

} // namespace ganglion
