#include "runtime/cli/showing/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <system_error>

#include "metadata/error.hpp"

namespace ganglion::cli {

namespace {

constexpr std::size_t usual_columns = 80;

} // namespace

void guard_standard_streams() {
  for (auto stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF)
      // It gets the lowest number that is free: this one.
      static_cast<void>(
        ::open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY));
}

caf::error finish_output() {
  errno = 0;
  auto failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  std::cout.flush();
  if (!failed && std::cout)
    return {};
  auto why = errno == 0 ? std::string{"it is full or closed"}
                        : std::generic_category().message(errno);
  return make_failure(errc::system,
                      fmt::format("cannot write to standard output: {}", why));
}

std::size_t terminal_columns(int descriptor) {
  if (::isatty(descriptor) == 0)
    return 0;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return usual_columns;
  return size.ws_col;
}

std::string folded(std::string_view text, std::size_t columns,
                   std::string_view indent) {
  std::string result;
  std::size_t at = 0;
  while (!text.empty()) {
    auto word = text.substr(0, std::min(text.find(' ', 1), text.size()));
    text.remove_prefix(word.size());
    if (columns > 0 && at > 0 && at + word.size() > columns) {
      word.remove_prefix(1);
      result += '\n';
      result += indent;
      at = indent.size();
    }
    result += word;
    auto line = word.rfind('\n');
    at = line == word.npos ? at + word.size() : word.size() - line - 1;
  }
  return result;
}

} // namespace ganglion::cli
