#include "metadata/text/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

/// Bytes that are read at a time.
constexpr std::size_t read_size = std::size_t{1} << 16;

caf::error unreadable(const std::string& path, errc code, std::string_view why,
                      std::string_view next) {
  return make_failure(code, fmt::format("cannot read '{}': {}: {}",
                                        printable_path(path), why, next));
}

caf::error as_the_system_says(const std::string& path, errc code) {
  return unreadable(path, code, std::generic_category().message(errno),
                    "check the path and its permissions");
}

} // namespace

caf::error check_input(const std::string& path, errc code) {
  constexpr std::string_view next = "name a regular file";
  if (path.find('\0') != std::string::npos)
    return unreadable(path, code, "it has a NUL byte in its name", next);
  // Without O_NONBLOCK, opening a FIFO waits for its writer.
  auto file = ::open(path.c_str(),
                     O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  // A lease that somebody holds on it, which only regular files can have.
  if (file < 0 && errno == EWOULDBLOCK)
    return {};
  if (file < 0)
    return as_the_system_says(path, code);
  struct stat found {};
  auto known = ::fstat(file, &found) == 0;
  ::close(file);
  if (!known)
    return as_the_system_says(path, code);
  if (S_ISREG(found.st_mode))
    return {};
  return unreadable(path, code,
                    S_ISDIR(found.st_mode)    ? "it is a directory"
                    : S_ISFIFO(found.st_mode) ? "it is a FIFO"
                                              : "it is a device",
                    next);
}

caf::expected<std::ifstream> open_input(const std::string& path, errc code) {
  if (auto err = check_input(path, code))
    return err;
  std::ifstream result{path, std::ios::binary};
  if (!result)
    return as_the_system_says(path, code);
  return result;
}

caf::expected<std::string> read_input(const std::string& path, errc code,
                                      std::size_t most) {
  auto in = open_input(path, code);
  if (!in)
    return in.error();
  errno = 0;
  std::string result;
  while (*in) {
    auto size = result.size();
    result.resize(size + read_size);
    in->read(result.data() + size, read_size);
    result.resize(size + static_cast<std::size_t>(in->gcount()));
    if (result.size() > most)
      return unreadable(path, code,
                        fmt::format("it has more than {} bytes", most),
                        "name another file");
  }
  if (!in->eof())
    return as_the_system_says(path, code);
  return result;
}

} // namespace ganglion
