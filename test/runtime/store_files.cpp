// The real file system, and the ways in which files are made on it.
#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "runtime/model_store/files/posix_files.hpp"
#include "test/runtime/data_files.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

struct real_disk {
  temp_folder folder;
  std::unique_ptr<file_system> files = make_posix_files();

  std::string at(std::string_view name) {
    return folder.at(name);
  }
};

} // namespace

TEST_CASE("a new file is written, synced and read at any offset") {
  real_disk on;
  auto out = on.files->create(on.at("a"));
  REQUIRE(outcome_of(out) == "no error");
  CHECK_FALSE((*out)->write(bytes_of("hello ")));
  CHECK_FALSE((*out)->write(bytes_of("world")));
  CHECK_FALSE((*out)->sync());
  CHECK_FALSE((*out)->close());
  auto in = on.files->open(on.at("a"));
  REQUIRE(outcome_of(in) == "no error");
  CHECK(*(*in)->size() == 11);
  std::string buffer(8, '.');
  CHECK(*(*in)->read_at(4, std::as_writable_bytes(std::span{buffer})) == 7);
  CHECK(buffer == "o world.");
  CHECK(*(*in)->read_at(11, std::as_writable_bytes(std::span{buffer})) == 0);
  CHECK(*read_all(*on.files, on.at("a")) == "hello world");
}

TEST_CASE("names are made once and never replaced") {
  real_disk on;
  auto& files = *on.files;
  CHECK(*write_once(files, on.at("a"), "first"));
  CHECK_FALSE(*write_once(files, on.at("a"), "second"));
  CHECK(*read_all(files, on.at("a")) == "first");
  CHECK(contains(outcome_of(files.create(on.at("a"))), "File exists"));
  CHECK(*files.link(on.at("a"), on.at("b")));
  CHECK(*write_once(files, on.at("c"), "first"));
  CHECK_FALSE(*files.link(on.at("c"), on.at("b")));
  CHECK(*files.remove(on.at("c")));
  CHECK(*files.remove(on.at("a")));
  CHECK_FALSE(*files.remove(on.at("a")));
  CHECK(*files.make_directory(on.at("d")));
  CHECK_FALSE(*files.make_directory(on.at("d")));
  CHECK_FALSE(files.sync_directory(on.at("d")));
  // No temporary name is left, of a listing either.
  auto names = list_fresh(files, on.folder.path(), freshness::required);
  std::ranges::sort(*names);
  CHECK(*names == std::vector<std::string>{"b", "d"});
  CHECK(files.list(on.folder.path())->size() == 2);
}

TEST_CASE("a link that is asked for again after it was made has been made") {
  real_disk on;
  memory_files memory{std::make_shared<memory_disk>()};
  for (auto* files : {on.files.get(), static_cast<file_system*>(&memory)}) {
    auto root = files == &memory ? std::string{"."} : on.folder.path();
    CHECK(*write_once(*files, root + "/a", "text"));
    CHECK(*files->link(root + "/a", root + "/b"));
    CHECK(*files->link(root + "/a", root + "/b"));
    CHECK(*write_once(*files, root + "/c", "text"));
    CHECK_FALSE(*files->link(root + "/c", root + "/b"));
  }
}

TEST_CASE("what is missing is told, with its name") {
  real_disk on;
  auto in = on.files->open(on.at("none"));
  CHECK(in.error() == errc::not_found);
  CHECK(outcome_of(in)
        == fmt::format("cannot open '{}': No such file or directory: check the "
                       "path",
                       on.at("none")));
  CHECK(on.files->list(on.at("none")).error() == errc::not_found);
  CHECK(on.files->create(on.at("none/a")).error() == errc::not_found);
}

TEST_CASE("a file of several blocks has every byte in its place") {
  real_disk on;
  std::string whole;
  for (int i = 0; whole.size() < 11'000'000; ++i)
    whole += fmt::format("{} ", i);
  auto out = on.files->create(on.at("a"));
  REQUIRE(outcome_of(out) == "no error");
  // No piece ends where a page does.
  for (std::string_view rest{whole}; !rest.empty();) {
    auto piece = rest.substr(0, 1'234'567);
    CHECK_FALSE((*out)->write(bytes_of(piece)));
    rest.remove_prefix(piece.size());
  }
  CHECK_FALSE((*out)->sync());
  CHECK_FALSE((*out)->close());
  CHECK((*read_all(*on.files, on.at("a")) == whole));
}

TEST_CASE("a full disk is told with file and offset") {
  real_disk on;
  // The kernel's limit of a file's size, met half-way through a write, stands
  // for a disk that is full: what fits is written, then an error follows.
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  // In a block that waits for the rest until it is synced, and in whole ones.
  for (rlim_t fits : {100'000, 6'000'000}) {
    struct rlimit limit {
      fits, before.rlim_max
    };
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    auto out = on.files->create(on.at(std::to_string(fits)));
    REQUIRE(outcome_of(out) == "no error");
    auto err = (*out)->write(bytes_of(std::string(2 * fits, 'x')));
    if (!err)
      err = (*out)->sync();
    CHECK((*out)->close() == err); // and no other one
    CHECK(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(err == errc::system);
    CHECK(outcome_of(err)
          == fmt::format("cannot write '{}' at offset {}: File too large",
                         on.at(std::to_string(fits)), fits));
  }
  ::signal(SIGXFSZ, old_handler);
}

TEST_CASE("locks exclude each other in one process too") {
  real_disk on;
  auto path = on.at("lock");
  auto shared = on.files->try_lock(path, lock_mode::shared);
  REQUIRE(outcome_of(shared) == "no error");
  REQUIRE(*shared);
  auto second = on.files->try_lock(path, lock_mode::shared);
  CHECK(*second);
  CHECK_FALSE(*on.files->try_lock(path, lock_mode::exclusive));
  shared->reset();
  CHECK_FALSE(*on.files->try_lock(path, lock_mode::exclusive));
  second->reset();
  auto exclusive = on.files->try_lock(path, lock_mode::exclusive);
  CHECK(*exclusive);
  CHECK_FALSE(*on.files->try_lock(path, lock_mode::shared));
  CHECK_FALSE(*on.files->try_lock(path, lock_mode::exclusive));
}

TEST_CASE("a lock is free once its process is dead") {
  real_disk on;
  auto path = on.at("lock");
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto lock = on.files->try_lock(path, lock_mode::exclusive);
    auto told = ::write(ready[1], lock && *lock ? "y" : "n", 1);
    for (;;)
      ::pause();
    ::_exit(static_cast<int>(told));
  }
  char answer = 0;
  REQUIRE(::read(ready[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  CHECK_FALSE(*on.files->try_lock(path, lock_mode::exclusive));
  CHECK(::kill(child, SIGKILL) == 0);
  CHECK(::waitpid(child, nullptr, 0) == child);
  CHECK(*on.files->try_lock(path, lock_mode::exclusive));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("paths have parents and temporary names become others") {
  CHECK(parent_directory("a/b/c") == "a/b");
  CHECK(parent_directory("a/b/") == "a");
  CHECK(parent_directory("a") == ".");
  CHECK(parent_directory("/a") == "/");
  CHECK(parent_directory("/") == "/");
  auto name = temporary_name("a/b");
  CHECK(is_temporary(name));
  CHECK(final_name(name) == "a/b");
  CHECK(final_name("a.b") == "a.b");
  CHECK(temporary_name("a/b") != name);
}
