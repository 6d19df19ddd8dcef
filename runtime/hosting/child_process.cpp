#include "runtime/hosting/child_process.hpp"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

constexpr int line_limit_ms = 10'000;

/// Time to end by itself before it is killed.
constexpr auto stop_limit = std::chrono::seconds{3};

caf::error failed(const char* what, int code) {
  return make_failure(errc::system,
                      fmt::format("cannot start a node process: {}: {}", what,
                                  std::system_category().message(code)));
}

void close_all(std::initializer_list<int> fds) {
  for (auto fd : fds)
    if (fd >= 0)
      ::close(fd);
}

} // namespace

caf::expected<child_process>
child_process::start(const std::string& program,
                     std::vector<std::string> arguments) {
  std::array<int, 2> in{-1, -1};
  std::array<int, 2> out{-1, -1};
  if (::pipe2(in.data(), O_CLOEXEC) != 0
      || ::pipe2(out.data(), O_CLOEXEC) != 0) {
    auto code = errno;
    close_all({in[0], in[1], out[0], out[1]});
    return failed("pipe", code);
  }
  std::vector<char*> argv;
  arguments.insert(arguments.begin(), "ganglion");
  argv.reserve(arguments.size() + 1);
  for (auto& x : arguments)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  pid_t pid = -1;
  auto code = posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(),
                          environ);
  posix_spawn_file_actions_destroy(&actions);
  close_all({in[0], out[1]});
  if (code != 0) {
    close_all({in[1], out[0]});
    return failed(program.c_str(), code);
  }
  return child_process{pid, in[1], out[0]};
}

child_process::child_process(child_process&& other) noexcept
  : pid_(std::exchange(other.pid_, -1)),
    input_(std::exchange(other.input_, -1)),
    output_(std::exchange(other.output_, -1)),
    buffer_(std::move(other.buffer_)) {
  // nop
}

child_process& child_process::operator=(child_process&& other) noexcept {
  if (this != &other) {
    stop();
    pid_ = std::exchange(other.pid_, -1);
    input_ = std::exchange(other.input_, -1);
    output_ = std::exchange(other.output_, -1);
    buffer_ = std::move(other.buffer_);
  }
  return *this;
}

child_process::~child_process() {
  stop();
}

void child_process::ask_to_stop() noexcept {
  close_all({std::exchange(input_, -1)});
  if (pid_ > 0)
    ::kill(pid_, SIGTERM);
}

void child_process::stop() noexcept {
  ask_to_stop();
  close_all({std::exchange(output_, -1)});
  if (pid_ <= 0)
    return;
  auto end = std::chrono::steady_clock::now() + stop_limit;
  while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) {
      ::kill(pid_, SIGKILL); // also what hangs or was stopped
      ::waitpid(pid_, nullptr, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  pid_ = -1;
}

caf::expected<std::string> child_process::read_line() {
  for (;;) {
    auto end = buffer_.find('\n');
    if (end != std::string::npos) {
      auto line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    pollfd waiting{output_, POLLIN, 0};
    std::array<char, 256> chunk;
    ssize_t count = 0;
    if (::poll(&waiting, 1, line_limit_ms) > 0)
      count = ::read(output_, chunk.data(), chunk.size());
    if (count <= 0)
      return make_failure(errc::system,
                          "a node process ended, or hung, before it listened: "
                          "see its message above");
    buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

} // namespace ganglion
