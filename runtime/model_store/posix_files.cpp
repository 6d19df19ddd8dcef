#include "runtime/model_store/posix_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/retrying_files.hpp"

namespace ganglion {

namespace {

/// The most that is asked of one call; Linux transfers 2 GiB at most.
constexpr std::size_t max_transfer = std::size_t{1} << 30;

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
    case ENOLCK:
      return ": locks do not work there; mount the share with NFS version 4";
    case EOPNOTSUPP:
      return ": use a file system with hard links and locks";
    default:
      return "";
  }
}

caf::error failed(std::string_view action, const std::string& path,
                  std::optional<std::uint64_t> offset = {}) {
  auto code = errno;
  auto where = offset ? fmt::format(" at offset {}", *offset) : std::string{};
  return make_failure(code == ENOENT   ? errc::not_found
                      : code == ESTALE ? errc::stale
                                       : errc::system,
                      fmt::format("cannot {} '{}'{}: {}{}", action, path, where,
                                  std::system_category().message(code),
                                  advice(code)));
}

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

/// Calls `f` until no signal interrupts it.
template <class F>
auto uninterrupted(F f) {
  auto result = f();
  while (result < 0 && errno == EINTR)
    result = f();
  return result;
}

class descriptor {
public:
  explicit descriptor(int number) : number_(number) {
    // nop
  }

  descriptor(descriptor&& other) noexcept
    : number_(std::exchange(other.number_, -1)) {
    // nop
  }

  descriptor& operator=(descriptor&&) = delete;

  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }

  [[nodiscard]] int get() const noexcept {
    return number_;
  }

  /// Not repeated after EINTR: Linux has closed it by then.
  bool close() {
    return ::close(std::exchange(number_, -1)) == 0 || errno == EINTR;
  }

private:
  int number_;
};

descriptor open_file(const std::string& path, int flags) {
  return descriptor{uninterrupted(
    [&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); })};
}

class posix_output : public output_file {
public:
  posix_output(std::string path, descriptor file)
    : path_(std::move(path)), file_(std::move(file)) {
    // nop
  }

  caf::error write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      auto count = std::min(bytes.size(), max_transfer);
      auto done = uninterrupted(
        [&] { return ::write(file_.get(), bytes.data(), count); });
      if (done < 0)
        return failed("write", path_, offset_);
      bytes = bytes.subspan(static_cast<std::size_t>(done));
      offset_ += static_cast<std::uint64_t>(done);
    }
    return {};
  }

  caf::error sync() override {
    auto done = uninterrupted([&] { return ::fsync(file_.get()); });
    return done < 0 ? failed("sync", path_) : caf::error{};
  }

  caf::error close() override {
    return file_.close() ? caf::error{} : failed("close", path_);
  }

private:
  std::string path_;
  descriptor file_;
  std::uint64_t offset_ = 0;
};

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
    return std::make_unique<posix_output>(path, std::move(file));
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
