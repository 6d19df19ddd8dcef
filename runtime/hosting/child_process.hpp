// A process that this one starts and stops: it ends when told to, and also when
// this process ends, however that comes about. Linux. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include <caf/expected.hpp>

namespace ganglion {

class child_process {
public:
  /// Starts a program, by its path. Errors: system.
  static caf::expected<child_process> start(const std::string& program,
                                            std::vector<std::string> arguments);

  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&& other) noexcept;

  /// Stops it and waits for its end.
  ~child_process();

  /// The next line of its standard output; an error when it ends, or says
  /// nothing for 10 s.
  caf::expected<std::string> read_line();

  /// Asks it to end. Waiting is the destructor's.
  void ask_to_stop() noexcept;

  [[nodiscard]] pid_t pid() const noexcept {
    return pid_;
  }

private:
  child_process(pid_t pid, int input, int output) noexcept
    : pid_(pid), input_(input), output_(output) {
    // nop
  }

  void stop() noexcept;

  pid_t pid_ = -1;
  /// Its standard input stays open as long as it is wanted.
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;
};

} // namespace ganglion
