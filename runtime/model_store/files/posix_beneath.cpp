#include "runtime/model_store/files/posix_beneath.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#if __has_include(<linux/openat2.h>) && defined(SYS_openat2)
#  include <linux/openat2.h>
#  define GANGLION_HAS_OPENAT2
#endif

namespace ganglion::posix {

namespace {

/// The mode of files that are made, before the process's mask.
constexpr mode_t file_mode = 0666;

/// As the kernel does it.
int open_by_kernel([[maybe_unused]] int directory,
                   [[maybe_unused]] const std::string& path,
                   [[maybe_unused]] int flags) {
#ifdef GANGLION_HAS_OPENAT2
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.mode = (flags & O_CREAT) != 0 ? file_mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(
    ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how));
#else
  errno = ENOSYS;
  return -1;
#endif
}

bool is_link(int file) {
  struct stat found {};
  return ::fstat(file, &found) == 0 && S_ISLNK(found.st_mode);
}

/// One directory after the other, none of them a symbolic link.
descriptor open_step_by_step(int directory, std::string_view path, int flags) {
  std::optional<descriptor> at;
  auto here = [&] { return at ? at->get() : directory; };
  for (;;) {
    auto slash = path.find('/');
    std::string name{path.substr(0, slash)};
    if (name == "..") {
      errno = EXDEV;
      return descriptor{-1};
    }
    if (slash == path.npos)
      return descriptor{uninterrupted([&] {
        return ::openat(here(), name.c_str(), flags | O_NOFOLLOW, file_mode);
      })};
    descriptor next{
      ::openat(here(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    if (next.get() < 0)
      return next;
    if (is_link(next.get())) {
      errno = ELOOP;
      return descriptor{-1};
    }
    at.emplace(std::move(next));
    path.remove_prefix(slash + 1);
  }
}

} // namespace

descriptor open_beneath(int directory, const std::string& path, int flags) {
  flags |= O_CLOEXEC;
  // A rename on the way makes the kernel give up, and trying again is right.
  // Who holds a lease on the file makes it say the same, for longer.
  constexpr int attempts = 16;
  for (int i = 1;; ++i) {
    auto result = uninterrupted(
      [&] { return open_by_kernel(directory, path, flags); });
    if (result >= 0 || (errno != EAGAIN && errno != ENOSYS && errno != EPERM)
        || (errno == EAGAIN && i == attempts))
      return descriptor{result};
    // A filter of system calls may say EPERM instead of ENOSYS.
    if (errno != EAGAIN)
      return open_step_by_step(directory, path, flags);
  }
}

} // namespace ganglion::posix
