// SIGINT and SIGTERM as a question that a program asks when it is ready for the
// answer. Make one at the start of main, before any other thread: it blocks the
// signals everywhere. A program that has not ended some seconds after the
// first signal, or gets a second one, is ended.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

namespace ganglion {

class stop_signal {
public:
  stop_signal();
  ~stop_signal();
  stop_signal(const stop_signal&) = delete;
  stop_signal& operator=(const stop_signal&) = delete;

  [[nodiscard]] bool requested() const noexcept {
    return requested_ != 0;
  }

  /// Waits for a while; false at once when it is time to end.
  [[nodiscard]] bool pause(std::chrono::milliseconds time) const;

  /// Waits for SIGTERM or, unless this is a process that its parent stops,
  /// SIGINT; with `until_eof` also for the end of standard input.
  void wait(bool until_eof) const;

private:
  void watch();

  std::atomic<int> requested_ = 0;
  std::atomic<bool> done_ = false;
  /// Written to when a signal came.
  int pipe_[2] = {-1, -1};
  std::thread thread_;
};

} // namespace ganglion
