#include "actors/link/connection_loop.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "actors/link/connection.hpp"
#include "actors/link/quiet_thread.hpp"

namespace ganglion {

namespace {

/// How often connections look at the clock.
constexpr auto tick_interval = std::chrono::milliseconds{250};

/// Sockets that are served before the loop looks at the clock.
constexpr std::size_t ready_at_a_time = 64;

constexpr std::size_t scratch_size = std::size_t{1} << 16;

constexpr int memory_retry_ms = 10;

} // namespace

connection_loop::connection_loop(std::string name)
  : name_(std::move(name)),
    epoll_(::epoll_create1(EPOLL_CLOEXEC)),
    wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  if (epoll_ >= 0 && wake_ >= 0
      && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &wanted) == 0)
    return;
  std::error_code code{errno, std::system_category()};
  ::close(epoll_);
  ::close(wake_);
  throw std::system_error{code, "no loop for connections"};
}

connection_loop::~connection_loop() {
  ::close(epoll_);
  ::close(wake_);
}

const std::shared_ptr<connection_loop>& connection_loop::common() {
  static auto result = std::make_shared<connection_loop>("ganglion.links");
  return result;
}

void connection_loop::adopt(member x) {
  std::lock_guard guard{mutex_};
  auto i = arrivals_.emplace(x.get(), std::move(x)).first;
  if (running_)
    return wake();
  try {
    quiet_thread(name_, [self = shared_from_this()] { self->run(); }).detach();
  } catch (...) {
    arrivals_.erase(i);
    throw;
  }
  running_ = true;
}

void connection_loop::attend(connection* x) {
  std::lock_guard guard{mutex_};
  calls_.push_back(x);
  wake();
}

/// Under the mutex.
void connection_loop::wake() noexcept {
  if (std::exchange(woken_, true))
    return;
  std::uint64_t one = 1;
  // A full counter wakes just as well.
  [[maybe_unused]] auto n = ::write(wake_, &one, sizeof(one));
}

// -- on the thread ------------------------------------------------------------

void connection_loop::run() {
  next_tick_ = clock::now() + tick_interval;
  while (take_arrivals()) {
    try {
      serve_ready();
      if (clock::now() >= next_tick_)
        tick_all();
    } catch (const std::exception&) {
      ::poll(nullptr, 0, memory_retry_ms); // no memory: perhaps later
    }
  }
}

/// False, and the thread's end, where nobody is left.
bool connection_loop::take_arrivals() {
  member_map arriving;
  {
    std::lock_guard guard{mutex_};
    running_ = !arrivals_.empty() || !members_.empty();
    arriving.swap(arrivals_);
    if (!running_)
      return false;
  }
  while (!arriving.empty()) {
    auto x = arriving.begin()->first;
    members_.insert(arriving.extract(x));
    x->events_ = 0;
    if (watch(*x, EPOLLIN))
      with(x, [](connection& y) { y.attend(); });
    else
      with(x, [](connection& y) { y.fail("its socket cannot be watched"); });
  }
  return true;
}

void connection_loop::serve_ready() {
  if (scratch_.empty())
    scratch_.resize(scratch_size);
  std::array<epoll_event, ready_at_a_time> ready;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(next_tick_
                                                           - clock::now());
  auto count = ::epoll_wait(epoll_, ready.data(), ready.size(),
                            std::max(static_cast<int>(left.count()), 0));
  for (int i = 0; i < count; ++i) {
    const auto& x = ready[static_cast<std::size_t>(i)];
    if (x.data.ptr)
      with(static_cast<connection*>(x.data.ptr), [&](connection& y) {
        y.serve((x.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0,
                (x.events & EPOLLOUT) != 0, scratch_);
      });
    else
      take_calls();
  }
}

void connection_loop::take_calls() {
  std::uint64_t count = 0;
  [[maybe_unused]] auto n = ::read(wake_, &count, sizeof(count));
  {
    std::lock_guard guard{mutex_};
    woken_ = false;
    called_.swap(calls_);
  }
  for (auto x : called_)
    with(x, [](connection& y) { y.attend(); });
  called_.clear();
}

void connection_loop::tick_all() {
  next_tick_ = clock::now() + tick_interval;
  // Some go on the way.
  std::vector<connection*> all;
  all.reserve(members_.size());
  for (const auto& [key, x] : members_)
    all.push_back(key);
  for (auto x : all)
    with(x, [](connection& y) { y.tick(); });
}

/// Does something to a connection that is still here, and what follows from it.
template <class F>
void connection_loop::with(connection* x, F f) {
  if (!members_.contains(x))
    return;
  try {
    f(*x);
  } catch (const std::exception& err) {
    x->fail(err.what());
  } catch (...) {
    x->fail("something was thrown that is no exception");
  }
  settle(*x);
}

void connection_loop::settle(connection& x) {
  auto wanted = x.wanted();
  if (wanted.over)
    return forget(x);
  if (wanted.move_to)
    return hand_over(x, wanted.move_to);
  if (x.phase_ != connection::phase::closed)
    watch(x, EPOLLIN | (wanted.write ? EPOLLOUT : 0u));
}

/// Where the other loop cannot begin, this one goes on.
void connection_loop::hand_over(connection& x,
                                const std::shared_ptr<connection_loop>& to) {
  auto i = members_.find(&x);
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, x.socket_, nullptr);
  x.events_ = 0;
  // Whoever has something to say from now on tells the other, which looks at
  // each one that arrives.
  x.served_by(to);
  try {
    to->adopt(i->second);
  } catch (const std::exception&) {
    x.served_by(shared_from_this());
    // The other took no notice of what it was told.
    with(&x, [](connection& y) { y.attend(); });
    return;
  }
  members_.erase(i);
}

bool connection_loop::watch(connection& x, std::uint32_t events) {
  if (x.events_ == events)
    return true;
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.ptr = &x;
  auto what = x.events_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (::epoll_ctl(epoll_, what, x.socket_, &wanted) != 0)
    return false;
  x.events_ = events;
  return true;
}

void connection_loop::forget(connection& x) {
  // Its socket is closed, and no longer waited for.
  auto last = members_.extract(&x);
  x.served_by(nullptr);
}

} // namespace ganglion
