#include "actors/link.hpp"

#include <sys/socket.h>

#include <string>
#include <utility>

#include <caf/actor_cast.hpp>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto tick_interval = std::chrono::seconds{1};

/// A peer from which nothing came for so long is lost. A run must end within
/// 10 s of a node's death, and a busy machine may stall for a while.
constexpr auto silence_limit = std::chrono::seconds{6};

/// Bytes kept in the socket's buffer: enough to keep the system busy.
constexpr std::uint64_t send_window = std::uint64_t{1} << 20;

constexpr std::size_t read_size = std::size_t{1} << 16;

std::string name_of(const peer_info& peer) {
  if (peer.name.empty())
    return "the peer";
  return fmt::format("{} '{}'", peer.engine ? "engine" : "node", peer.name);
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

caf::behavior accepted_link(link_actor* self,
                            caf::io::connection_handle connection,
                            link_config config) {
  return state_of(self).run(connection, std::move(config));
}

caf::behavior dialled_link(link_actor* self, int socket, link_config config) {
  return state_of(self).run(self->add_scribe(socket), std::move(config));
}

caf::behavior link_state::run(caf::io::connection_handle hdl,
                              link_config setup) {
  connection = hdl;
  config = std::move(setup);
  last_heard = last_sent = clock::now();
  self->ack_writes(connection, true);
  self->configure_read(connection, caf::io::receive_policy::at_most(read_size));
  send_after(self, self, tick_interval, link_tick{});
  when_told_to_exit(self, [this](const caf::error&) { finish(); });
  // Nobody would close a link whose owner ended while it was dialling.
  when_gone(self, config.owner, [this] { finish(); });
  if (!config.dialled.empty())
    greet();
  auto request = [this](auto& x) { return send_request(std::move(x)); };
  return {
    [this](const caf::io::new_data_msg& x) { on_data(x); },
    [this](const caf::io::data_transferred_msg& x) { on_written(x); },
    [this](const caf::io::connection_closed_msg&) {
      down(make_failure(errc::node_lost,
                        {fmt::format("{} closed the connection", name_of(peer)),
                         {},
                         {},
                         {peer.name}}));
    },
    [this](link_tick) { on_tick(); },
    [this](attach& x) { routes = std::move(x); },
    [this](activation& x) { send_tensor(std::move(x)); },
    [this](gradient& x) { send_tensor(std::move(x)); },
    [this](targets& x) { send_tensor(std::move(x)); },
    [this](outputs& x) { send_tensor(std::move(x)); },
    [this](loss_report& x) { send_report(std::move(x)); },
    [this](flow_done& x) { send_report(std::move(x)); },
    [this](run_failed& x) { send_report(std::move(x)); },
    [this](shards_written& x) { send_report(std::move(x)); },
    [request](deploy& x) { return request(x); },
    [request](release& x) { return request(x); },
    [request](fetch& x) { return request(x); },
    [request](store& x) { return request(x); },
    [request](fetch_digests& x) { return request(x); },
    [request](fetch_traffic& x) { return request(x); },
    [request](open_store& x) { return request(x); },
    [request](load_shards& x) { return request(x); },
  };
}

void link_state::greet() {
  out.add(config.dialled.empty() ? frame_kind::welcome : frame_kind::hello,
          to_bytes(config.self));
  pump();
}

void link_state::on_tick() {
  if (finished)
    return;
  auto now = clock::now();
  if (closing) { // the peer does not take what we had to say
    finish();
    return;
  }
  if (now - last_heard > silence_limit) {
    down(make_failure(linked ? errc::node_lost : errc::unreachable,
                      {fmt::format("nothing was heard from {} for {} s",
                                   name_of(peer), silence_limit.count()),
                       {},
                       {},
                       {peer.name}}));
    finish(); // it will not take anything either
    return;
  }
  if (linked && now - last_sent >= tick_interval) {
    out.add(frame_kind::heartbeat);
    pump();
  }
  send_after(self, self, tick_interval, link_tick{});
}

void link_state::on_data(const caf::io::new_data_msg& x) {
  if (closing)
    return;
  last_heard = clock::now();
  counters->received += x.buf.size();
  auto bytes = reinterpret_cast<const std::byte*>(x.buf.data());
  if (auto err = reader.feed({bytes, x.buf.size()}, *this)) {
    if (!linked)
      refuse(err);
    down(std::move(err));
  }
}

void link_state::on_written(const caf::io::data_transferred_msg& x) {
  unsent -= std::min<std::uint64_t>(unsent, x.written);
  counters->sent += x.written;
  pump();
}

void link_state::pump() {
  if (finished)
    return;
  auto& buf = self->wr_buf(connection);
  auto before = buf.size();
  while (unsent + (buf.size() - before) < send_window && out.write_frame(buf))
    ; // as much as fits
  if (buf.size() > before) {
    unsent += buf.size() - before;
    last_sent = clock::now();
    self->flush(connection);
  }
  if (closing && unsent == 0)
    finish();
}

void link_state::refuse(const caf::error& why) {
  auto text = explain(why).substr(0, max_handshake_payload);
  auto data = reinterpret_cast<const caf_byte*>(text.data());
  out.add(frame_kind::refuse, caf::byte_buffer(data, data + text.size()));
}

void link_state::on_greeting(frame_kind kind,
                             std::span<const std::byte> payload) {
  if (kind == frame_kind::refuse) {
    auto text = reinterpret_cast<const char*>(payload.data());
    down(make_failure(errc::incompatible, std::string{text, payload.size()}));
    return;
  }
  auto theirs = hello_from(payload);
  auto err = theirs ? check_fit(config.self, *theirs, config.any_arithmetic)
                    : theirs.error();
  if (err) {
    refuse(err);
    down(std::move(err));
    return;
  }
  peer = {theirs->name, theirs->address, theirs->incarnation, theirs->threads,
          theirs->engine};
  if (config.dialled.empty())
    greet();
  linked = true;
  reader.handshake_done();
  send_to(
    self, config.owner,
    link_up{caf::actor_cast<caf::actor>(self), peer, config.dialled, counters});
}

void link_state::down(caf::error why) {
  if (closing)
    return;
  closing = true;
  routes = {};
  if (linked)
    out.clear();
  for (auto& [number, promise] : pending)
    promise.deliver(why);
  pending.clear();
  send_to(self, config.owner,
          link_down{caf::actor_cast<caf::actor>(self), peer, config.dialled,
                    std::move(why)});
  pump();
}

void link_state::finish() {
  if (std::exchange(finished, true))
    return;
  // CAF's graceful shutdown waits for the peer, which may never answer; a
  // connection's handle is its socket.
  ::shutdown(static_cast<int>(connection.id()), SHUT_RDWR);
  self->quit();
}

void link_state::send_tensor(tensor_message x) {
  if (!linked || closing)
    return;
  out.add(std::move(x));
  pump();
}

void link_state::send_report(control_message x) {
  if (!linked || closing)
    return;
  out.add(control_envelope{0, false, std::move(x)});
  pump();
}

caf::response_promise link_state::send_request(control_message x) {
  auto promise = self->make_response_promise();
  if (!linked || closing) {
    promise.deliver(make_failure(
      errc::node_lost,
      {fmt::format("the connection to {} is closed", name_of(peer)),
       {},
       {},
       {peer.name}}));
    return promise;
  }
  pending.emplace(++last_number, promise);
  out.add(control_envelope{last_number, false, std::move(x)});
  pump();
  return promise;
}

} // namespace ganglion
