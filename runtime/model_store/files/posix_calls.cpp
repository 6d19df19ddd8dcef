#include "runtime/model_store/files/posix_calls.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion::posix {

namespace {

std::string_view advice(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return ": make room and try again";
    case EACCES:
    case EPERM:
      return ": check its permissions";
    case EROFS:
      return ": the file system is mounted for reading only";
    case ENOENT:
      return ": check the path";
    case ELOOP:
      return ": give its path without symbolic links";
    case ENOLCK:
      return ": locks do not work there; mount the share with NFS version 4";
    case EOPNOTSUPP:
      return ": use a file system with hard links and locks";
    default:
      return "";
  }
}

} // namespace

caf::error failed(std::string_view action, const std::string& path,
                  std::optional<std::uint64_t> offset) {
  auto code = errno;
  auto where = offset ? fmt::format(" at offset {}", *offset) : std::string{};
  return make_failure(
    code == ENOENT   ? errc::not_found
    : code == ESTALE ? errc::stale
                     : errc::system,
    fmt::format("cannot {} '{}'{}: {}{}", action, printable_path(path), where,
                std::system_category().message(code), advice(code)));
}

bool descriptor::close() {
  // Not repeated after EINTR: Linux has closed it by then.
  return ::close(std::exchange(number_, -1)) == 0 || errno == EINTR;
}

descriptor open_file(const std::string& path, int flags) {
  return descriptor{uninterrupted(
    [&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); })};
}

} // namespace ganglion::posix
