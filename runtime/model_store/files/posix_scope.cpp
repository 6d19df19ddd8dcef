#include "runtime/model_store/files/posix_scope.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/files/posix_beneath.hpp"

namespace ganglion::posix {

namespace {

namespace fs = std::filesystem;

caf::error refused(std::string_view action, const std::string& path,
                   std::string_view why) {
  return make_failure(
    errc::bad_argument,
    fmt::format("cannot {} '{}': {}", action, printable_path(path), why));
}

/// Absolute, without "." and doubled slashes; nothing where the current
/// directory is gone. Knows no "..", which is for the kernel to understand.
std::optional<std::string> plain(const std::string& path) {
  std::error_code code;
  auto absolute = fs::absolute(path, code);
  if (code)
    return {};
  fs::path result;
  for (const auto& part : absolute)
    if (part != "." && !part.empty())
      result /= part;
  return result.string();
}

/// What is left of `path` below `directory`: nothing where it is elsewhere, "."
/// where it is the directory itself.
std::optional<std::string> rest_of(const std::string& path,
                                   std::string_view directory) {
  if (path == directory)
    return ".";
  if (directory == "/")
    directory = "";
  if (!path.starts_with(directory) || path[directory.size()] != '/')
    return {};
  return path.substr(directory.size() + 1);
}

bool goes_up(const std::string& path) {
  return std::ranges::any_of(fs::path{path},
                             [](const fs::path& x) { return x == ".."; });
}

std::string_view kind_of(mode_t mode) {
  return S_ISDIR(mode)    ? "a directory"
         : S_ISFIFO(mode) ? "a FIFO"
         : S_ISSOCK(mode) ? "a socket"
                          : "a device";
}

caf::error check_regular(const descriptor& file, std::string_view action,
                         const std::string& path) {
  // As the client knows it: what a file is never changes, and a server that is
  // asked may say that somebody has removed it meanwhile.
  struct statx found {};
  if (::statx(file.get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE,
              &found)
      != 0)
    // Of what is gone meanwhile, whoever uses it hears, and nobody waits.
    return errno == ESTALE ? caf::error{} : failed("look at", path);
  if (S_ISREG(found.stx_mode))
    return {};
  return make_failure(errc::bad_model,
                      fmt::format("cannot {} '{}': it is {}: put a regular "
                                  "file in its place",
                                  action, path, kind_of(found.stx_mode)));
}

/// A regular file that somebody holds a lease on, such as this machine's NFS
/// server for a client: to wait for it is safe, as it is no FIFO.
caf::expected<descriptor> wait_for(const descriptor& pinned,
                                   std::string_view action,
                                   const std::string& path, int flags) {
  if (pinned.get() < 0)
    return failed(action, path);
  if (auto err = check_regular(pinned, action, path))
    return err;
  auto again = fmt::format("/proc/self/fd/{}", pinned.get());
  auto result = posix::open_file(again, flags & ~O_CREAT);
  if (result.get() < 0)
    return failed(action, path);
  return result;
}

} // namespace

int place::at() const noexcept {
  return directory.get() < 0 ? AT_FDCWD : directory.get();
}

caf::expected<path_scope>
path_scope::below(const std::vector<std::string>& directories) {
  path_scope result;
  result.anywhere_ = false;
  for (const auto& x : directories) {
    auto opened = path_scope{}.open_directory("share", x);
    if (!opened)
      return opened.error();
    std::error_code code;
    auto given = plain(x);
    auto real = fs::canonical(x, code);
    if (code || !given)
      return refused("share", x, "its path cannot be resolved: give another");
    result.roots_.push_back({real.string(), std::move(*given)});
  }
  return result;
}

caf::expected<descriptor>
path_scope::open_directory(std::string_view action,
                           const std::string& path) const {
  auto from = enter(action, path);
  if (!from)
    return from.error();
  auto result = open_in(*from, from->name, O_RDONLY | O_DIRECTORY);
  if (result.get() < 0)
    return failed_to(action, path);
  return result;
}

caf::expected<descriptor> path_scope::open_file(std::string_view action,
                                                const std::string& path,
                                                int flags) const {
  auto from = enter(action, path);
  if (!from)
    return from.error();
  auto result = open_in(*from, from->name, flags | O_NONBLOCK | O_NOCTTY);
  if (result.get() < 0 && errno == EAGAIN)
    return wait_for(open_in(*from, from->name, O_PATH), action, path, flags);
  if (result.get() < 0)
    return failed_to(action, path);
  if (auto err = check_regular(result, action, path))
    return err;
  if (::fcntl(result.get(), F_SETFL, flags) < 0)
    return failed(action, path);
  return result;
}

caf::expected<place> path_scope::find(std::string_view action,
                                      const std::string& path) const {
  auto from = enter(action, path);
  if (!from || anywhere_)
    return from;
  if (from->name == ".")
    return refused(action, path, "it is the shared directory itself");
  auto slash = from->name.rfind('/');
  if (slash == std::string::npos)
    return from;
  auto parent = open_in(*from, from->name.substr(0, slash),
                        O_PATH | O_DIRECTORY);
  if (parent.get() < 0)
    return failed_to(action, path);
  return place{std::move(parent), from->name.substr(slash + 1)};
}

caf::expected<place> path_scope::enter(std::string_view action,
                                       const std::string& path) const {
  if (path.find('\0') != std::string::npos)
    return refused(action, path, "no path has a NUL byte in it: give another");
  if (anywhere_)
    return place{descriptor{-1}, path};
  if (goes_up(path))
    return refused(action, path,
                   "'..' is not followed here: give the path without it");
  auto normal = plain(path);
  for (const auto& x : roots_)
    for (const auto* name : {&x.given, &x.path}) {
      auto rest = normal ? rest_of(*normal, *name) : std::nullopt;
      if (!rest)
        continue;
      auto directory = posix::open_file(x.path, O_PATH | O_DIRECTORY);
      if (directory.get() < 0)
        return failed("open the shared directory", x.path);
      return place{std::move(directory), std::move(*rest)};
    }
  return outside(action, path);
}

descriptor path_scope::open_in(const place& from, const std::string& name,
                               int flags) const {
  return anywhere_ ? posix::open_file(name, flags)
                   : open_beneath(from.at(), name, flags);
}

caf::error path_scope::failed_to(std::string_view action,
                                 const std::string& path) const {
  return errno == EXDEV && !anywhere_ ? outside(action, path)
                                      : failed(action, path);
}

caf::error path_scope::outside(std::string_view action,
                               const std::string& path) const {
  if (roots_.empty())
    return refused(action, path,
                   "this node can be reached from other machines and shares "
                   "no directory: start it with --share DIR, which holds the "
                   "models");
  std::vector<std::string> names;
  for (const auto& x : roots_)
    names.push_back(x.given);
  return refused(action, path,
                 fmt::format("that is outside of what this node shares ({}): "
                             "start it with another --share DIR, or with "
                             "--map FROM=TO where it sees the model elsewhere",
                             fmt::join(names, ", ")));
}

} // namespace ganglion::posix
