#include "actors/link/link_port.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "actors/link/connection_loop.hpp"
#include "actors/link/dialling.hpp"
#include "actors/link/socket.hpp"
#include "actors/metrics.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// From the connection on, however much a stranger says: a peer that means it
/// greets at once.
constexpr auto greeting_limit = std::chrono::milliseconds{6000};

/// After so long without anything to say, a sign of life; sooner where the peer
/// is to be found out soon.
constexpr auto heartbeat_interval = std::chrono::milliseconds{1000};

double seconds_of(std::chrono::milliseconds x) {
  return static_cast<double>(x.count()) / 1000;
}

} // namespace

link_port::link_port(link_config config)
  : config_(std::move(config)), address_(config_.dialled) {
  // nop
}

link_port::link_port(int socket, link_config config, guest_book::place place)
  : config_(std::move(config)),
    connection_(std::make_unique<connection>(socket)),
    place_(std::move(place)),
    address_(to_string(peer_of(socket))) {
  watch_peer(socket, config_.peer_timeout);
}

link_port::~link_port() {
  leave_peers();
}

void link_port::leave_peers() noexcept {
  if (known_.exchange(false))
    config_.peers->leave(peer_.name, peer_.incarnation);
}

void link_port::open(const std::shared_ptr<link_port>& port, caf::actor link) {
  try {
    {
      std::lock_guard guard{port->mutex_};
      port->link_ = std::move(link);
    }
    if (port->connection_)
      port->begin(port);
    else
      dial_for(port);
  } catch (const std::exception& err) {
    dial_failed(port, err.what());
  }
}

void link_port::begin(const std::shared_ptr<link_port>& self) {
  if (!config_.dialled.empty())
    connection_->send(frame_kind::hello, to_bytes(config_.self));
  connection_->start(self, connection_loop::common());
}

void link_port::connected(const std::shared_ptr<link_port>& port,
                          caf::expected<int> socket) {
  std::lock_guard guard{port->mutex_};
  if (port->closed_) {
    if (socket)
      ::close(*socket);
  } else if (!socket) {
    port->end(socket.error());
  } else {
    watch_peer(*socket, port->config_.peer_timeout);
    port->connection_ = std::make_unique<connection>(*socket);
    port->began_ = connection::clock::now();
    port->begin(port);
  }
}

void link_port::dial_failed(const std::shared_ptr<link_port>& port,
                            const char* what) noexcept {
  try {
    std::lock_guard guard{port->mutex_};
    if (port->link_)
      port->end(
        make_failure(errc::system, fmt::format("{}: {}", port->who(), what)));
  } catch (const std::exception&) {
    // No memory even to say so: who waits for the link does so for a time.
  }
}

bool link_port::wanted() {
  std::lock_guard guard{mutex_};
  return !closed_;
}

void link_port::give_way() {
  unwanted_ = true;
  if (!linked_)
    connection_->nudge();
}

void link_port::close() {
  leave_peers();
  {
    std::lock_guard guard{mutex_};
    closed_ = true;
  }
  if (connection_)
    connection_->stop();
  // These would keep the link, which keeps this, or outlive the actor system.
  // They go when the mutex is free again.
  caf::actor link;
  caf::actor owner;
  attach routes;
  std::lock_guard guard{mutex_};
  link.swap(link_);
  owner.swap(config_.owner);
  std::swap(routes, routes_);
  place_ = nullptr;
  tensors_ = {};
  gathered_ = {};
  gathered_memory_ = {};
}

attach link_port::routes() {
  std::lock_guard guard{mutex_};
  return routes_;
}

// -- out, on any thread -------------------------------------------------------

bool link_port::take_at_once(const caf::message& x) {
  if (x.match_elements<attach>()) {
    take_routes(x.get_as<attach>(0));
    return true;
  }
  auto data = [&]<class T>(std::type_identity<T>) {
    if (!x.match_elements<T>())
      return false;
    if (linked_)
      connection_->send(tensor_message{x.get_as<T>(0)});
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
         || data(std::type_identity<outputs>{})
         || data(std::type_identity<tick_values>{})
           GANGLION_REPORTS(GANGLION_TAKE);
#undef GANGLION_TAKE
}

void link_port::take_routes(attach x) {
  std::lock_guard guard{mutex_};
  if (closed_ || !linked_)
    return;
  auto busy = x.routes != nullptr;
  routes_ = std::move(x);
  if (busy == busy_)
    return;
  try {
    connection_->move_to(busy
                           ? std::make_shared<connection_loop>("ganglion.link")
                           : connection_loop::common());
    busy_ = busy;
  } catch (const std::exception&) {
    // No descriptors for a loop of its own: it goes on in the one that it has.
  }
}

void link_port::send(control_envelope x) {
  if (linked_)
    connection_->send(x);
}

// -- on the connection's thread -----------------------------------------------

std::string link_port::who() const {
  if (!linked_)
    return address_;
  auto kind = peer_.observer ? "observer" : peer_.engine ? "engine" : "node";
  return fmt::format("{} '{}'", kind, peer_.name);
}

caf::error link_port::check_stranger() const {
  if (unwanted_)
    return make_failure(errc::unreachable,
                        "its place was given to another, since it said "
                        "nothing");
  auto limit = std::min(greeting_limit, config_.peer_timeout);
  if (connection::clock::now() - began_ <= limit)
    return {};
  auto seconds = seconds_of(limit);
  return make_failure(
    errc::unreachable,
    config_.dialled.empty()
      ? fmt::format("{} has connected, but not greeted like a node within "
                    "{} s",
                    address_, seconds)
      : fmt::format("what listens at {} does not answer like a node within "
                    "{} s: is it 'ganglion node'?",
                    address_, seconds));
}

caf::error link_port::on_tick() {
  if (!linked_)
    return check_stranger();
  auto now = connection::clock::now();
  if (now - connection_->last_heard() > config_.peer_timeout)
    return make_failure(errc::node_lost,
                        {fmt::format("nothing was heard from {} for {} s",
                                     who(), seconds_of(config_.peer_timeout)),
                         {},
                         {},
                         {peer_.name}});
  if (connection_->idle_for(
        std::min(heartbeat_interval, config_.peer_timeout / 4)))
    connection_->send(frame_kind::heartbeat, own_pulse());
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

void link_port::on_end(const caf::error& why) {
  leave_peers();
  auto details = details_of(why);
  if (details.text.starts_with("it "))
    details.text.replace(0, 2, who());
  else if (why == errc::protocol || why == errc::system)
    details.text = fmt::format("{}: {}", who(), details.text);
  if (linked_)
    details.nodes = {peer_.name};
  auto code = why.category() == caf::type_id_v<errc>
                ? static_cast<errc>(why.code())
                : errc::system;
  auto named = make_failure(code, std::move(details));
  std::lock_guard guard{mutex_};
  end(std::move(named));
}

/// The link tells its owner, after all that came before. Under the mutex.
void link_port::end(caf::error why) {
  post_to(link_, connection_ended{std::move(why)});
  link_ = nullptr;
  place_ = nullptr;
}

} // namespace ganglion
