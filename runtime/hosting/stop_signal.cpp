#include "runtime/hosting/stop_signal.hpp"

#include <csignal>
#include <poll.h>
#include <unistd.h>

#include <fcntl.h>

#include <chrono>

namespace ganglion {

namespace {

/// Time to end in good order.
constexpr auto patience = std::chrono::seconds{12};

sigset_t our_signals() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGTERM);
  return result;
}

} // namespace

stop_signal::stop_signal() {
  auto signals = our_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (::pipe2(pipe_, O_CLOEXEC) != 0)
    pipe_[0] = pipe_[1] = -1; // then only polling works
  thread_ = std::thread{[this] { watch(); }};
}

stop_signal::~stop_signal() {
  done_ = true;
  thread_.join();
  ::close(pipe_[0]);
  ::close(pipe_[1]);
}

void stop_signal::tell() const {
  [[maybe_unused]] auto written = ::write(pipe_[1], "x", 1);
}

void stop_signal::watch() {
  auto signals = our_signals();
  std::chrono::steady_clock::time_point end;
  while (!done_) {
    timespec slice{0, 50'000'000};
    auto got = sigtimedwait(&signals, nullptr, &slice);
    auto now = std::chrono::steady_clock::now();
    if (got == SIGINT && only_commands_) {
      int none = 0;
      if (requested_.compare_exchange_strong(none, SIGINT))
        tell();
    } else if (got > 0 && (!requested() || only_commands_)) {
      requested_ = got;
      only_commands_ = false;
      end = now + patience;
      tell();
    } else if (got > 0 || (requested() && !only_commands_ && now > end)) {
      ::_exit(128 + requested_);
    }
  }
}

bool stop_signal::pause(std::chrono::milliseconds time) const {
  auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      end - std::chrono::steady_clock::now());
    if (requested() || left.count() <= 0)
      return !requested();
    pollfd waiting{pipe_[0], POLLIN, 0};
    ::poll(&waiting, 1, static_cast<int>(left.count()));
  }
}

bool stop_signal::forget() {
  int interrupt = SIGINT;
  if (!requested_.compare_exchange_strong(interrupt, 0))
    return false;
  char byte = 0;
  [[maybe_unused]] auto taken = ::read(pipe_[0], &byte, 1);
  return true;
}

bool stop_signal::wait_for(int file) const {
  pollfd waiting[] = {{pipe_[0], POLLIN, 0}, {file, POLLIN, 0}};
  while (::poll(waiting, 2, -1) < 0)
    continue;
  return waiting[0].revents == 0;
}

void stop_signal::wait(bool until_eof, int other) const {
  char byte = 0;
  // Where there is no file, poll looks at nothing.
  pollfd waiting[] = {{pipe_[0], POLLIN, 0},
                      {other, POLLIN, 0},
                      {until_eof ? STDIN_FILENO : -1, POLLIN, 0}};
  for (;;) {
    if (::poll(waiting, 3, -1) < 0)
      continue;
    if (waiting[0].revents != 0 || waiting[1].revents != 0)
      return;
    if (waiting[2].revents != 0 && ::read(STDIN_FILENO, &byte, 1) <= 0)
      return;
  }
}

} // namespace ganglion
