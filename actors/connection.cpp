#include "actors/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

constexpr auto tick_interval = std::chrono::seconds{1};

/// Bytes that are cut into frames at a time: what comes later but matters more
/// waits for no more than these.
constexpr std::size_t batch_size = std::size_t{1} << 19;

/// Bytes that the system keeps before it has sent them; see tcp(7).
constexpr int unsent_limit = 1 << 20;

/// Small messages that follow each other within this time are sent together by
/// the thread, unless they amount to so many bytes before.
constexpr auto burst_gap = std::chrono::microseconds{30};
constexpr std::size_t burst_size = std::size_t{1} << 14;

constexpr std::size_t read_size = std::size_t{1} << 16;

/// Reads at a time before the thread looks after writing and the clock.
constexpr int reads_in_a_row = 16;

/// Time for a peer to take what was sent to it before the end.
constexpr int linger_ms = 1000;

std::string last_error() {
  return std::system_category().message(errno);
}

} // namespace

connection::connection(int socket)
  : socket_(socket),
    wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
    scratch_(read_size) {
  int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_limit,
               sizeof(unsent_limit));
}

connection::~connection() {
  ::close(socket_);
  ::close(wake_);
}

void connection::start(std::shared_ptr<connection_sink> sink) {
  thread_ = std::thread{[this, sink = std::move(sink)]() mutable {
    ::pthread_setname_np(::pthread_self(), "ganglion.link");
    run(sink);
  }};
}

void connection::stop() {
  {
    std::lock_guard guard{mutex_};
    if (!ended_)
      pump();
  }
  stopping_ = true;
  wake();
  if (thread_.joinable())
    thread_.join();
  std::lock_guard guard{mutex_};
  ended_ = true;
}

void connection::wake() noexcept {
  std::uint64_t one = 1;
  // A full counter wakes just as well.
  [[maybe_unused]] auto n = ::write(wake_, &one, sizeof(one));
}

bool connection::idle_for(clock::duration time) {
  std::lock_guard guard{mutex_};
  return clock::now() - last_sent_ >= time;
}

bool connection::burst() const noexcept {
  return out_.size() < burst_size && batch_.done()
         && clock::now() - last_sent_ < burst_gap;
}

void connection::leave_to_thread() noexcept {
  if (!std::exchange(told_, true))
    wake();
}

void connection::pump() {
  while (!full_) {
    while (batch_.size() < batch_size && out_.take_frame(batch_))
      ; // as much as is worth a call
    if (batch_.done())
      return;
    auto pieces = batch_.pieces();
    msghdr what{};
    what.msg_iov = pieces.data();
    what.msg_iovlen = std::min<std::size_t>(pieces.size(), IOV_MAX);
    auto n = ::sendmsg(socket_, &what, MSG_DONTWAIT | MSG_NOSIGNAL);
    ++counters_->writes;
    if (n >= 0) {
      counters_->sent += static_cast<std::uint64_t>(n);
      last_sent_ = clock::now();
      batch_.advance(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      // Full, or broken, which the thread finds out.
      full_ = true;
      wake();
    }
  }
}

void connection::run(const std::shared_ptr<connection_sink>& sink) {
  caf::error why;
  while (!why && !stopping_)
    why = wait_and_serve(*sink);
  auto peer_listens = why != errc::node_lost && why != errc::unreachable;
  if (why && peer_listens && !stopping_)
    let_go();
  {
    std::lock_guard guard{mutex_};
    ended_ = true;
    out_.clear();
    batch_.clear();
  }
  ::shutdown(socket_, SHUT_RDWR);
  if (why && !stopping_)
    sink->on_end(std::move(why));
}

caf::error connection::wait_and_serve(connection_sink& sink) {
  auto now = clock::now();
  if (now >= next_tick_) {
    next_tick_ = now + tick_interval;
    if (auto err = sink.on_tick())
      return err;
  }
  auto full = [this] {
    std::lock_guard guard{mutex_};
    return full_;
  }();
  std::array<pollfd, 2> waiting{
    pollfd{socket_, static_cast<short>(full ? POLLIN | POLLOUT : POLLIN), 0},
    pollfd{wake_, POLLIN, 0}};
  auto left = std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - now);
  if (::poll(waiting.data(), waiting.size(), static_cast<int>(left.count()))
      <= 0)
    return {};
  if (waiting[1].revents != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] auto n = ::read(wake_, &count, sizeof(count));
    std::lock_guard guard{mutex_};
    told_ = false;
    pump();
  }
  if ((waiting[0].revents & POLLOUT) != 0) {
    std::lock_guard guard{mutex_};
    full_ = false;
    pump();
  }
  if ((waiting[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
    return receive(sink);
  return {};
}

caf::error connection::receive(connection_sink& sink) {
  for (int i = 0; i < reads_in_a_row; ++i) {
    auto room = reader_.room(sink);
    std::array<iovec, 2> to{iovec{room.data(), room.size()},
                            iovec{scratch_.data(), scratch_.size()}};
    msghdr what{};
    what.msg_iov = to.data() + (room.empty() ? 1 : 0);
    what.msg_iovlen = room.empty() ? 1 : 2;
    auto n = ::recvmsg(socket_, &what, MSG_DONTWAIT);
    if (n == 0)
      return make_failure(errc::node_lost, "it closed the connection");
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return {};
    if (n < 0)
      return make_failure(
        errc::node_lost,
        fmt::format("it is no longer connected: {}", last_error()));
    auto count = static_cast<std::size_t>(n);
    if (auto err = take(count, room, sink))
      return err;
    if (count < room.size() + scratch_.size())
      return {}; // there is no more for now
  }
  return {};
}

caf::error connection::take(std::size_t count, std::span<std::byte> room,
                            connection_sink& sink) {
  last_heard_ = clock::now();
  counters_->received += count;
  auto placed = std::min(count, room.size());
  if (placed > 0)
    if (auto err = reader_.filled(placed, sink))
      return err;
  return reader_.feed({scratch_.data(), count - placed}, sink);
}

/// Lets the peer take what was said to it: closing at once, with bytes unread,
/// would take it back.
void connection::let_go() {
  {
    std::lock_guard guard{mutex_};
    pump();
    if (full_ || !batch_.done())
      return;
  }
  ::shutdown(socket_, SHUT_WR);
  auto end = clock::now() + std::chrono::milliseconds{linger_ms};
  while (!stopping_ && clock::now() < end) {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, linger_ms / 10) <= 0)
      continue;
    if (::recv(socket_, scratch_.data(), scratch_.size(), MSG_DONTWAIT) <= 0)
      return;
  }
}

} // namespace ganglion
