#include "actors/link/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "actors/link/connection_loop.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Bytes that are cut into frames at a time: what comes later but matters more
/// waits for no more than these.
constexpr std::size_t batch_size = std::size_t{1} << 19;

/// Bytes that the system keeps before it has sent them; see tcp(7).
constexpr int unsent_limit = 1 << 20;

/// Small messages that amount to so many bytes do not wait for others.
constexpr std::size_t burst_size = std::size_t{1} << 14;

/// Reads at a time before the loop looks after writing and the clock.
constexpr int reads_in_a_row = 16;

/// Time for a peer to take what was sent to it before the end.
constexpr auto linger_limit = std::chrono::seconds{1};

std::string last_error() {
  return std::system_category().message(errno);
}

} // namespace

connection::connection(int socket, clock::duration burst_gap)
  : socket_(socket), burst_gap_(burst_gap) {
  int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_limit,
               sizeof(unsent_limit));
}

connection::~connection() {
  close_socket();
}

void connection::start(const std::shared_ptr<connection_sink>& sink,
                       const std::shared_ptr<connection_loop>& by) {
  sink_ = sink.get();
  served_by(by);
  try {
    by->adopt({sink, this});
  } catch (...) {
    served_by(nullptr);
    throw;
  }
}

void connection::move_to(std::shared_ptr<connection_loop> next) {
  std::lock_guard guard{mutex_};
  if (!loop_)
    return;
  next_loop_ = next == loop_ ? nullptr : std::move(next);
  ask_loop();
}

void connection::nudge() {
  std::lock_guard guard{mutex_};
  nudged_ = true;
  ask_loop();
}

void connection::stop() {
  std::unique_lock guard{mutex_};
  if (!ended_)
    pump();
  ended_ = true;
  stopping_ = true;
  ask_loop();
  left_.wait(guard, [this] { return !loop_; });
}

bool connection::idle_for(clock::duration time) {
  std::lock_guard guard{mutex_};
  return clock::now() - last_sent_ >= time;
}

bool connection::burst() const noexcept {
  return out_.size() < burst_size && batch_.done()
         && clock::now() - last_sent_ < burst_gap_;
}

void connection::ask_loop() {
  if (told_ || !loop_)
    return;
  loop_->attend(this);
  told_ = true;
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
      // Full, or broken, which the loop finds out.
      full_ = true;
      ask_loop();
    }
  }
}

// -- on the loop's thread -----------------------------------------------------

void connection::attend() {
  auto [stopping, nudged] = [this] {
    std::lock_guard guard{mutex_};
    told_ = false;
    if (!ended_)
      pump();
    return std::pair{stopping_, std::exchange(nudged_, false)};
  }();
  if (stopping) {
    close_socket();
    phase_ = phase::over;
  } else if (nudged) {
    tick();
  }
}

void connection::serve(bool readable, bool writable,
                       std::span<std::byte> scratch) {
  if (writable) {
    std::lock_guard guard{mutex_};
    full_ = false;
    if (!ended_)
      pump();
  }
  if (!readable)
    return;
  if (phase_ == phase::lingering)
    drain(scratch);
  else if (phase_ == phase::open)
    if (auto err = receive(scratch))
      end(std::move(err));
}

void connection::tick() {
  if (failed_)
    return fail("out of memory");
  if (phase_ == phase::open) {
    if (auto err = sink_->on_tick())
      end(std::move(err));
  } else if (phase_ == phase::closed
             || (phase_ == phase::lingering && clock::now() >= linger_until_)) {
    tell();
  }
}

caf::error connection::receive(std::span<std::byte> scratch) {
  for (int i = 0; i < reads_in_a_row; ++i) {
    auto room = reader_.room(*sink_);
    std::array<iovec, 2> to{iovec{room.data(), room.size()},
                            iovec{scratch.data(), scratch.size()}};
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
    if (auto err = take(count, room, scratch))
      return err;
    if (count < room.size() + scratch.size())
      return {}; // there is no more for now
  }
  return {};
}

caf::error connection::take(std::size_t count, std::span<std::byte> room,
                            std::span<std::byte> scratch) {
  last_heard_ = clock::now();
  counters_->received += count;
  auto placed = std::min(count, room.size());
  if (placed > 0)
    if (auto err = reader_.filled(placed, *sink_))
      return err;
  return reader_.feed(scratch.first(count - placed), *sink_);
}

// -- the end ------------------------------------------------------------------

void connection::end(caf::error why) {
  why_ = std::move(why);
  auto peer_listens = why_ != errc::node_lost && why_ != errc::unreachable;
  if (!peer_listens || !say_goodbye())
    tell();
}

/// Lets the peer take what was said to it: closing at once, with bytes unread,
/// would take it back. False where there is nothing to wait for.
bool connection::say_goodbye() {
  std::lock_guard guard{mutex_};
  if (ended_)
    return false;
  pump();
  ended_ = true;
  if (full_ || !batch_.done())
    return false;
  ::shutdown(socket_, SHUT_WR);
  linger_until_ = clock::now() + linger_limit;
  phase_ = phase::lingering;
  return true;
}

void connection::drain(std::span<std::byte> scratch) {
  auto n = ::recv(socket_, scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    tell();
}

void connection::fail(const char* what) noexcept {
  failed_ = true;
  try {
    // What has ended for a reason keeps it.
    if (phase_ == phase::open)
      end(make_failure(errc::system, what));
    else if (phase_ == phase::closed)
      tell();
    failed_ = false;
  } catch (...) {
    // No memory even for that: again at the next tick.
  }
}

void connection::tell() {
  close_socket();
  phase_ = phase::closed;
  sink_->on_end(why_);
  phase_ = phase::over;
}

void connection::close_socket() {
  std::lock_guard guard{mutex_};
  ended_ = true;
  out_.clear();
  batch_.clear();
  if (socket_ >= 0)
    ::close(std::exchange(socket_, -1));
}

connection::wishes connection::wanted() {
  std::lock_guard guard{mutex_};
  return {phase_ == phase::open ? std::exchange(next_loop_, nullptr) : nullptr,
          full_ && !ended_, phase_ == phase::over};
}

void connection::served_by(std::shared_ptr<connection_loop> x) {
  std::lock_guard guard{mutex_};
  loop_ = std::move(x);
  if (!loop_)
    left_.notify_all();
}

} // namespace ganglion
