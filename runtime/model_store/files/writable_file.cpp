#include "runtime/model_store/files/writable_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/files/posix_calls.hpp"
#include "runtime/model_store/files/posix_output.hpp"

namespace ganglion {

namespace {

namespace fs = std::filesystem;

constexpr unsigned usual_mode = 0666;
constexpr unsigned mode_bits = 07777;

caf::error failed(const std::string& path, int code) {
  auto text = std::generic_category().message(code);
  if (code == ENOSPC || code == EDQUOT)
    text += ": make room";
  else if (code != EPIPE)
    text += ": check its folder, permissions and free space";
  return cannot_write(path, text);
}

/// The descriptor that a path stands for, such as /dev/stdout, whatever that
/// leads to: a file that is open for appending, a pipe, a terminal.
std::optional<int> descriptor_of(const std::string& path) {
  if (path == "-" || path == "/dev/stdout")
    return STDOUT_FILENO;
  if (path == "/dev/stderr")
    return STDERR_FILENO;
  for (std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder))
      continue;
    int result = -1;
    auto last = path.data() + path.size();
    auto [end, code] = std::from_chars(path.data() + folder.size(), last,
                                       result);
    if (code == std::errc{} && end == last)
      return result;
  }
  return std::nullopt;
}

/// Where symbolic links lead to; the last one may lead to nothing yet.
caf::expected<std::string> target_of(const std::string& path) {
  constexpr int most_links = 40;
  fs::path result{path};
  std::error_code code;
  for (int i = 0; i < most_links && fs::is_symlink(result, code); ++i) {
    if (descriptor_of(result.string()))
      return result.string();
    auto next = fs::read_symlink(result, code);
    if (code)
      return failed(path, code.value());
    result = next.is_absolute() ? next : result.parent_path() / next;
  }
  if (fs::is_symlink(result, code))
    return failed(path, ELOOP);
  return result.string();
}

std::string name_beside(const std::string& path) {
  std::random_device random;
  return fmt::format("{}.{:08x}.part", path, random());
}

/// A new file next to `path`, with a name that nobody has.
caf::expected<std::pair<std::string, int>> make_beside(const std::string& path,
                                                       unsigned mode) {
  constexpr int attempts = 100;
  for (int i = 0; i < attempts; ++i) {
    auto name = name_beside(path);
    auto fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                     mode);
    if (fd >= 0)
      return std::pair{std::move(name), fd};
    if (errno != EEXIST)
      return failed(path, errno);
  }
  return failed(path, EEXIST);
}

caf::error check_kind(const std::string& path, unsigned mode) {
  if (S_ISDIR(mode))
    return cannot_write(path, "it is a directory: give the name of a file");
  if (S_ISSOCK(mode))
    return cannot_write(path, "it is a socket: give the name of a file");
  return {};
}

} // namespace

caf::error cannot_write(const std::string& path, std::string_view why) {
  return make_failure(errc::system, fmt::format("cannot write '{}': {}",
                                                printable_path(path), why));
}

caf::expected<writable_file> writable_file::open(const std::string& path) {
  writable_file result;
  result.path_ = path;
  auto target = target_of(path);
  if (!target)
    return target.error();
  result.target_ = std::move(*target);
  if (auto fd = descriptor_of(result.target_)) {
    // What was printed comes first.
    std::fflush(stdout);
    return open_special(std::move(result), ::fcntl(*fd, F_DUPFD_CLOEXEC, 3));
  }
  struct stat there {};
  auto exists = ::stat(result.target_.c_str(), &there) == 0;
  if (exists)
    if (auto err = check_kind(path, there.st_mode))
      return err;
  if (exists && !S_ISREG(there.st_mode)) {
    auto fd = posix::uninterrupted([&] {
      return ::open(result.target_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    });
    return open_special(std::move(result), fd);
  }
  if (exists && ::access(result.target_.c_str(), W_OK) != 0)
    return failed(path, errno);
  if (auto err = result.open_beside(exists ? there.st_mode & mode_bits : 0))
    return err;
  return result;
}

caf::expected<writable_file> writable_file::open_special(writable_file x,
                                                         int fd) {
  if (fd < 0)
    return failed(x.path_, errno);
  x.out_ = posix::make_output(x.path_, posix::descriptor{fd});
  return x;
}

/// `mode`: that of the file whose place it takes; 0: of a new one.
caf::error writable_file::open_beside(unsigned mode) {
  auto made = make_beside(target_, mode == 0 ? usual_mode : mode);
  if (!made)
    return made.error();
  auto [name, fd] = std::move(*made);
  temporary_ = std::move(name);
  out_ = posix::make_output(path_, posix::descriptor{fd});
  if (mode != 0 && ::fchmod(fd, mode) != 0)
    return failed(path_, errno);
  return {};
}

writable_file::writable_file(writable_file&& other) noexcept
  : path_(std::move(other.path_)),
    target_(std::move(other.target_)),
    temporary_(std::exchange(other.temporary_, {})),
    out_(std::move(other.out_)) {
  // nop
}

writable_file::~writable_file() {
  if (!temporary_.empty())
    ::unlink(temporary_.c_str());
}

caf::error writable_file::write(std::string_view text) {
  return write(std::as_bytes(std::span{text}));
}

caf::error writable_file::write(std::span<const std::byte> bytes) {
  return out_->write(bytes);
}

caf::error writable_file::finish() {
  auto out = std::exchange(out_, nullptr);
  if (temporary_.empty())
    return out->close();
  if (auto err = out->sync())
    return err;
  if (auto err = out->close())
    return err;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0)
    return failed(path_, errno);
  temporary_.clear();
  return {};
}

bool is_standard_output(const std::string& path) {
  auto target = target_of(path);
  return target && descriptor_of(*target) == STDOUT_FILENO;
}

caf::error check_writable(const std::string& path) {
  auto target = target_of(path);
  if (!target)
    return target.error();
  struct stat there {};
  if (auto fd = descriptor_of(*target))
    return ::fcntl(*fd, F_GETFD) < 0 ? failed(path, errno) : caf::error{};
  if (::stat(target->c_str(), &there) == 0) {
    if (auto err = check_kind(path, there.st_mode))
      return err;
    if (::access(target->c_str(), W_OK) != 0)
      return failed(path, errno);
    // To open a FIFO would be to write to it.
    if (!S_ISREG(there.st_mode))
      return {};
  }
  auto trial = writable_file::open(path);
  return trial ? caf::error{} : trial.error();
}

caf::error write_file(const std::string& path, std::string_view content) {
  auto out = writable_file::open(path);
  if (!out)
    return out.error();
  if (auto err = out->write(content))
    return err;
  return out->finish();
}

} // namespace ganglion
