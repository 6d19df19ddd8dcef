#include "runtime/model_store/posix_files.hpp"

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
#include "runtime/model_store/posix_calls.hpp"
#include "runtime/model_store/posix_output.hpp"
#include "runtime/model_store/retrying_files.hpp"

namespace ganglion {

namespace {

using posix::descriptor;
using posix::failed;
using posix::max_transfer;
using posix::open_file;
using posix::uninterrupted;

/// True where a call succeeded, false where it failed in one of these ways.
caf::expected<bool> true_unless(int result, std::initializer_list<int> ways,
                                std::string_view action,
                                const std::string& path) {
  if (result == 0)
    return true;
  if (std::ranges::find(ways, errno) != ways.end())
    return false;
  return failed(action, path);
}

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

caf::expected<bool> same_file(const std::string& a, const std::string& b) {
  struct stat x[2] = {};
  if (::fstatat(AT_FDCWD, a.c_str(), &x[0], AT_SYMLINK_NOFOLLOW) != 0
      || ::fstatat(AT_FDCWD, b.c_str(), &x[1], AT_SYMLINK_NOFOLLOW) != 0)
    return failed(fmt::format("compare '{}' with", a), b);
  return x[0].st_dev == x[1].st_dev && x[0].st_ino == x[1].st_ino;
}

class posix_files : public file_system {
public:
  caf::expected<std::unique_ptr<output_file>>
  create(const std::string& path) override {
    auto file = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    if (file.get() < 0)
      return failed("create", path);
    return posix::make_output(path, std::move(file));
  }

  caf::expected<std::unique_ptr<input_file>>
  open(const std::string& path) override {
    auto file = open_file(path, O_RDONLY);
    if (file.get() < 0)
      return failed("open", path);
    return std::make_unique<posix_input>(path, std::move(file));
  }

  caf::expected<bool> link(const std::string& from,
                           const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0)
      return true;
    // An NFS client that asks again is told so of a link that it made itself.
    if (errno == EEXIST)
      return same_file(from, to);
    if (errno == EPERM) // what Linux says where there are no hard links
      errno = EOPNOTSUPP;
    return failed(fmt::format("link '{}' to", from), to);
  }

  caf::expected<bool> remove(const std::string& path) override {
    return true_unless(::unlink(path.c_str()), {ENOENT}, "remove", path);
  }

  caf::expected<bool> make_directory(const std::string& path) override {
    return true_unless(::mkdir(path.c_str(), 0777), {EEXIST},
                       "make the directory", path);
  }

  caf::expected<bool> remove_directory(const std::string& path) override {
    return true_unless(::rmdir(path.c_str()), {ENOENT, ENOTEMPTY, EEXIST},
                       "remove the directory", path);
  }

  caf::error sync_directory(const std::string& path) override {
    auto directory = open_file(path, O_RDONLY | O_DIRECTORY);
    if (directory.get() < 0)
      return failed("open the directory", path);
    auto done = uninterrupted([&] { return ::fsync(directory.get()); });
    // Shares that cannot sync a directory make names durable at once.
    if (done < 0 && errno != EINVAL)
      return failed("sync the directory", path);
    return {};
  }

  caf::expected<std::vector<std::string>>
  list(const std::string& path) override {
    std::unique_ptr<DIR, close_directory> directory{::opendir(path.c_str())};
    if (!directory)
      return failed("list", path);
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
    auto file = open_file(path, O_RDWR | O_CREAT);
    if (file.get() < 0)
      return failed("open", path);
    auto operation = mode == lock_mode::shared ? LOCK_SH : LOCK_EX;
    auto done = uninterrupted(
      [&] { return ::flock(file.get(), operation | LOCK_NB); });
    if (done == 0)
      return std::make_unique<posix_lock>(std::move(file));
    if (errno == EWOULDBLOCK)
      return std::unique_ptr<file_lock>{};
    return failed("lock", path);
  }
};

} // namespace

std::unique_ptr<file_system> make_posix_files() {
  return std::make_unique<retrying_files>(std::make_shared<posix_files>());
}

} // namespace ganglion
