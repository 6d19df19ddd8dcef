// SIGINT and SIGTERM as a question that a program asks when it is ready for the
// answer. Make one at the start of main, before any other thread: it blocks the
// signals everywhere. Unless it runs commands of its own, a program that has
// not ended some seconds after the first signal, or gets a second one, is
// ended.
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

  /// For programs with commands of their own: from now on, SIGINT asks for the
  /// end of what runs, however often it comes, and never ends the program.
  void only_commands() noexcept {
    only_commands_ = true;
  }

  /// Forgets a SIGINT, since what it was to end has ended; whether there was
  /// one. What asks for the end of the program is not forgotten.
  bool forget();

  /// Waits until there is something to read; false where a signal came first.
  [[nodiscard]] bool wait_for(int file) const;

  /// Waits for SIGTERM or, unless this is a process that its parent stops,
  /// SIGINT; with `until_eof` also for the end of standard input, and in any
  /// case until `other` can be read; -1: nothing else.
  void wait(bool until_eof, int other = -1) const;

private:
  void watch();
  void tell() const;

  std::atomic<int> requested_ = 0;
  std::atomic<bool> only_commands_ = false;
  std::atomic<bool> done_ = false;
  /// Written to when a signal came.
  int pipe_[2] = {-1, -1};
  std::thread thread_;
};

} // namespace ganglion
