// Files below directories that were named, for paths that strangers name.
#include <csignal>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include <fmt/format.h>

#include "runtime/model_store/files/posix_files.hpp"
#include "test/runtime/data_files.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

namespace fs = std::filesystem;

/// A share with something beside it that is none of a node's business.
struct shared_folder {
  temp_folder folder;
  std::string dir = folder.at("share");
  std::unique_ptr<file_system> files;

  shared_folder() {
    fs::create_directories(dir + "/model/part");
    fs::create_directories(folder.at("beside"));
    folder.write("share/model/file", "inside");
    folder.write("beside/secret", "outside");
    files = open({dir});
  }

  static std::unique_ptr<file_system> open(const std::vector<std::string>& x) {
    auto result = make_shared_files(x);
    REQUIRE_MESSAGE(result, outcome_of(result));
    return std::move(*result);
  }

  [[nodiscard]] std::string at(std::string_view name) const {
    return fmt::format("{}/{}", dir, name);
  }

  /// What every operation says of a path that it refuses.
  void refused(const std::string& path, std::string_view why,
               file_system& on) const {
    CAPTURE(path);
    std::vector<std::string> outcomes{
      outcome_of(on.open(path)),
      outcome_of(on.create(path)),
      outcome_of(on.list(path)),
      outcome_of(on.remove(path)),
      outcome_of(on.make_directory(path)),
      outcome_of(on.remove_directory(path)),
      outcome_of(on.sync_directory(path)),
      outcome_of(on.try_lock(path, lock_mode::exclusive)),
      outcome_of(on.link(path, at("model/new"))),
      outcome_of(on.link(at("model/file"), path))};
    for (const auto& x : outcomes) {
      CAPTURE(x);
      CHECK(contains(x, why));
    }
    CHECK(on.open(path).error() == errc::bad_argument);
  }
};

/// Makes the kernel an older one, for this process and for good.
bool forget_openat2(int error) {
  std::array<sock_filter, 4> program{
    sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
    sock_filter BPF_STMT(BPF_RET | BPF_K,
                         SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
    sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog all{program.size(), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0;
}

/// Whether `f` is true in a process of its own.
template <class F>
bool in_a_process(F f) {
  auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0)
    ::_exit(f() ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

TEST_CASE("a shared directory is used like any other") {
  shared_folder on;
  auto& files = *on.files;
  CHECK(*read_all(files, on.at("model/file")) == "inside");
  CHECK(*write_once(files, on.at("model/part/new"), "text"));
  CHECK_FALSE(*write_once(files, on.at("model/part/new"), "other"));
  CHECK(*files.list(on.at("model/part")) == std::vector<std::string>{"new"});
  CHECK(*files.make_directory(on.at("second")));
  CHECK_FALSE(files.sync_directory(on.at("second")));
  CHECK(*files.remove_directory(on.at("second")));
  CHECK_FALSE(*files.remove(on.at("model/none")));
  CHECK(files.list(on.dir)->size() == 1);
  CHECK(files.open(on.at("none")).error() == errc::not_found);
  // As others may write it, and in another place where it is linked to.
  CHECK(files.open(on.dir + "//./model/file"));
  fs::create_directory_symlink(on.dir, on.folder.at("other-name"));
  auto linked = shared_folder::open({on.folder.at("other-name") + "/"});
  CHECK(linked->open(on.folder.at("other-name/model/file")));
  CHECK(linked->open(on.at("model/file")));
  // Links inside are somebody's way to keep things in order.
  fs::create_symlink("model", on.at("same"));
  CHECK(files.open(on.at("same/file")));
}

TEST_CASE("nothing outside of a share is touched") {
  shared_folder on;
  auto outside = [&](const std::string& path) {
    on.refused(path, "--share DIR", *on.files);
  };
  outside(on.folder.at("beside/secret"));
  outside(on.dir + "-2/file");
  outside("/etc/passwd");
  on.refused(on.at("../beside/secret"), "'..' is not followed", *on.files);
  on.refused(on.at("model/../../beside/secret"), "'..' is not followed",
             *on.files);
  // Through symbolic links on the way, whether they begin at the root or not.
  fs::create_symlink("../beside", on.at("relative"));
  fs::create_symlink(on.folder.at("beside"), on.at("absolute"));
  fs::create_symlink("/proc/self/root", on.at("magic"));
  for (auto way : {"relative", "absolute"})
    outside(on.at(fmt::format("{}/secret", way)));
  CHECK_FALSE(on.files->open(on.at("magic/etc/passwd")));
  // The last name is a link.
  fs::create_symlink(on.folder.at("beside/secret"), on.at("model/link"));
  CHECK(contains(outcome_of(on.files->open(on.at("model/link"))), "--share"));
  CHECK(contains(
    outcome_of(on.files->try_lock(on.at("model/link"), lock_mode::shared)),
    "--share"));
  CHECK(*on.files->remove(on.at("model/link"))); // the link itself
  CHECK(fs::exists(on.folder.at("beside/secret")));
  CHECK(fs::directory_iterator{on.folder.at("beside")}
        != fs::directory_iterator{});
}

TEST_CASE("without a shared directory there is nothing") {
  shared_folder on;
  auto none = shared_folder::open({});
  on.refused(on.at("model/file"), "shares no directory: start it with --share",
             *none);
}

TEST_CASE("a directory that cannot be shared is named") {
  shared_folder on;
  CHECK(make_shared_files({on.at("none")}).error() == errc::not_found);
  CHECK(outcome_of(make_shared_files({on.dir, on.at("none")}))
        == fmt::format("cannot share '{}': No such file or directory: check "
                       "the path",
                       on.at("none")));
  CHECK(contains(outcome_of(make_shared_files({on.at("model/file")})),
                 "Not a directory"));
  CHECK_FALSE(make_shared_files({""}));
}

TEST_CASE("a path with a NUL byte is no path, anywhere") {
  shared_folder on;
  auto path = on.at("model/file") + std::string{"\0/etc/passwd", 12};
  on.refused(path, "NUL", *on.files);
  on.refused(path, "NUL", *make_posix_files());
}

TEST_CASE("only regular files are opened, and nothing waits") {
  shared_folder on;
  REQUIRE(::mkfifo(on.at("fifo").c_str(), 0666) == 0);
  for (auto* files : {on.files.get(), make_posix_files().release()}) {
    CAPTURE(files == on.files.get());
    CHECK(outcome_of(files->open(on.at("fifo")))
          == fmt::format("cannot open '{}': it is a FIFO: put a regular file "
                         "in its place",
                         on.at("fifo")));
    CHECK(files->open(on.at("fifo")).error() == errc::bad_model);
    CHECK(contains(outcome_of(files->open(on.at("model"))), "a directory"));
    CHECK_FALSE(files->try_lock(on.at("fifo"), lock_mode::exclusive));
    CHECK_FALSE(files->try_lock(on.at("fifo"), lock_mode::shared));
    CHECK_FALSE(files->list(on.at("fifo")));
    CHECK(files->sync_directory(on.at("fifo")) == errc::system);
    if (files != on.files.get()) {
      CHECK(contains(outcome_of(files->open("/dev/zero")), "a device"));
      CHECK_FALSE(files->try_lock("/dev/full", lock_mode::shared));
      delete files;
    }
  }
}

TEST_CASE("an older kernel follows no symbolic links below a share") {
  shared_folder on;
  fs::create_symlink("../beside", on.at("relative"));
  fs::create_symlink("model", on.at("same"));
  fs::create_symlink("../../beside/secret", on.at("model/link"));
  for (auto error : {ENOSYS, EPERM})
    CHECK(in_a_process([&] {
      auto& files = *on.files;
      auto inside = on.at("model/part/") + std::to_string(error);
      return forget_openat2(error) && files.open(on.at("model/file"))
             && write_once(files, inside, "text") && files.list(on.dir)
             && files.remove(inside) && !files.open(on.at("relative/secret"))
             && !files.open(on.at("same/file"))
             && !files.open(on.at("model/link"))
             && !files.create(on.at("relative/new"))
             && !files.remove(on.at("relative/secret"))
             && files.open(on.at("none")).error() == errc::not_found;
    }));
  CHECK(fs::exists(on.folder.at("beside/secret")));
}

TEST_CASE("a file that somebody has a lease on is waited for") {
  shared_folder on;
  auto path = on.at("model/file");
  std::array<int, 2> ready{};
  REQUIRE(::pipe(ready.data()) == 0);
  // As an NFS server does for a client that was promised the file.
  auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGIO);
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    auto file = ::open(path.c_str(), O_RDWR);
    auto held = ::fcntl(file, F_SETLEASE, F_WRLCK) == 0;
    static_cast<void>(::write(ready[1], held ? "y" : "n", 1) == 1);
    for (int number = 0; held && number != SIGIO;)
      sigwait(&wanted, &number);
    ::_exit(held && ::fcntl(file, F_SETLEASE, F_UNLCK) == 0 ? 0 : 1);
  }
  char held = 0;
  REQUIRE(::read(ready[0], &held, 1) == 1);
  if (held == 'y')
    CHECK(*read_all(*on.files, path) == "inside");
  else
    MESSAGE("this file system has no leases");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}
