#include "runtime/model_store/files/posix_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/files/posix_calls.hpp"
#include "runtime/model_store/files/posix_output.hpp"
#include "runtime/model_store/files/posix_scope.hpp"
#include "runtime/model_store/files/retrying_files.hpp"

namespace ganglion {

namespace {

using posix::descriptor;
using posix::failed;
using posix::max_transfer;
using posix::path_scope;
using posix::uninterrupted;

class posix_input : public input_file {
public:
  posix_input(std::string path, descriptor file)
    : path_(std::move(path)), file_(std::move(file)) {
    // nop
  }

  caf::expected<std::uint64_t> size() override {
    struct stat found {};
    if (::fstat(file_.get(), &found) != 0)
      return failed("look at", path_);
    return static_cast<std::uint64_t>(found.st_size);
  }

  caf::expected<std::size_t> read_at(std::uint64_t offset,
                                     std::span<std::byte> buffer) override {
    std::size_t done = 0;
    while (done < buffer.size()) {
      auto rest = buffer.subspan(done);
      auto count = std::min(rest.size(), max_transfer);
      auto at = static_cast<off_t>(offset + done);
      auto got = uninterrupted(
        [&] { return ::pread(file_.get(), rest.data(), count, at); });
      if (got < 0)
        return failed("read", path_, offset + done);
      if (got == 0)
        break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

private:
  std::string path_;
  descriptor file_;
};

class posix_lock : public file_lock {
public:
  explicit posix_lock(descriptor file) : file_(std::move(file)) {
    // nop
  }

private:
  descriptor file_;
};

struct close_directory {
  void operator()(DIR* x) const noexcept {
    ::closedir(x);
  }
};

caf::expected<bool> same_file(const posix::place& a, const posix::place& b,
                              const std::string& path) {
  struct stat x[2] = {};
  if (::fstatat(a.at(), a.name.c_str(), &x[0], AT_SYMLINK_NOFOLLOW) != 0
      || ::fstatat(b.at(), b.name.c_str(), &x[1], AT_SYMLINK_NOFOLLOW) != 0)
    return failed("compare links to", path);
  return x[0].st_dev == x[1].st_dev && x[0].st_ino == x[1].st_ino;
}

class posix_files : public file_system {
public:
  explicit posix_files(path_scope scope) : scope_(std::move(scope)) {
    // nop
  }

  caf::expected<std::unique_ptr<output_file>>
  create(const std::string& path) override {
    auto file = scope_.open_file("create", path, O_WRONLY | O_CREAT | O_EXCL);
    if (!file)
      return file.error();
    return posix::make_output(path, std::move(*file));
  }

  caf::expected<std::unique_ptr<input_file>>
  open(const std::string& path) override {
    auto file = scope_.open_file("open", path, O_RDONLY);
    if (!file)
      return file.error();
    return std::make_unique<posix_input>(path, std::move(*file));
  }

  caf::expected<bool> link(const std::string& from,
                           const std::string& to) override {
    auto action = fmt::format("link '{}' to", from);
    auto old = scope_.find("link", from);
    if (!old)
      return old.error();
    auto made = scope_.find(action, to);
    if (!made)
      return made.error();
    if (::linkat(old->at(), old->name.c_str(), made->at(), made->name.c_str(),
                 0)
        == 0)
      return true;
    // An NFS client that asks again is told so of a link that it made itself.
    if (errno == EEXIST)
      return same_file(*old, *made, to);
    if (errno == EPERM) // what Linux says where there are no hard links
      errno = EOPNOTSUPP;
    return failed(action, to);
  }

  caf::expected<bool> remove(const std::string& path) override {
    return change("remove", path, {ENOENT}, [](const posix::place& x) {
      return ::unlinkat(x.at(), x.name.c_str(), 0);
    });
  }

  caf::expected<bool> make_directory(const std::string& path) override {
    constexpr mode_t mode = 0777;
    return change("make the directory", path, {EEXIST},
                  [](const posix::place& x) {
                    return ::mkdirat(x.at(), x.name.c_str(), mode);
                  });
  }

  caf::expected<bool> remove_directory(const std::string& path) override {
    return change("remove the directory", path, {ENOENT, ENOTEMPTY, EEXIST},
                  [](const posix::place& x) {
                    return ::unlinkat(x.at(), x.name.c_str(), AT_REMOVEDIR);
                  });
  }

  caf::error sync_directory(const std::string& path) override {
    auto directory = scope_.open_directory("open the directory", path);
    if (!directory)
      return directory.error();
    auto done = uninterrupted([&] { return ::fsync(directory->get()); });
    // Shares that cannot sync a directory make names durable at once.
    if (done < 0 && errno != EINVAL)
      return failed("sync the directory", path);
    return {};
  }

  caf::expected<std::vector<std::string>>
  list(const std::string& path) override {
    auto opened = scope_.open_directory("list", path);
    if (!opened)
      return opened.error();
    std::unique_ptr<DIR, close_directory> directory{::fdopendir(opened->get())};
    if (!directory)
      return failed("list", path);
    opened->release();
    std::vector<std::string> result;
    errno = 0;
    while (const auto* entry = ::readdir(directory.get())) {
      std::string_view name = entry->d_name;
      if (name != "." && name != "..")
        result.emplace_back(name);
      errno = 0;
    }
    if (errno != 0)
      return failed("list", path);
    return result;
  }

  caf::expected<std::unique_ptr<file_lock>> try_lock(const std::string& path,
                                                     lock_mode mode) override {
    // An NFS client wants a file that is open for writing to lock it
    // exclusively.
    auto file = scope_.open_file("open", path, O_RDWR | O_CREAT);
    if (!file)
      return file.error();
    auto operation = mode == lock_mode::shared ? LOCK_SH : LOCK_EX;
    auto done = uninterrupted(
      [&] { return ::flock(file->get(), operation | LOCK_NB); });
    if (done == 0)
      return std::make_unique<posix_lock>(std::move(*file));
    if (errno == EWOULDBLOCK)
      return std::unique_ptr<file_lock>{};
    return failed("lock", path);
  }

private:
  /// Calls `f` with where a path is: true where that succeeds, false where it
  /// fails in one of these ways.
  template <class F>
  caf::expected<bool> change(std::string_view action, const std::string& path,
                             std::initializer_list<int> ways, F f) {
    auto where = scope_.find(action, path);
    if (!where)
      return where.error();
    if (f(*where) == 0)
      return true;
    if (std::ranges::find(ways, errno) != ways.end())
      return false;
    return failed(action, path);
  }

  path_scope scope_;
};

std::unique_ptr<file_system> with_retries(path_scope scope) {
  return std::make_unique<retrying_files>(
    std::make_shared<posix_files>(std::move(scope)));
}

} // namespace

std::unique_ptr<file_system> make_posix_files() {
  return with_retries({});
}

caf::expected<std::unique_ptr<file_system>>
make_shared_files(const std::vector<std::string>& directories) {
  auto scope = path_scope::below(directories);
  if (!scope)
    return scope.error();
  return with_retries(std::move(*scope));
}

} // namespace ganglion
