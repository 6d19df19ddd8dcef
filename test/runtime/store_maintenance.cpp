// Making, checking and branching models, and readers in difficult places.
#include <fmt/format.h>

#include "runtime/model_store/files/retrying_files.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

/// A mount for reading only.
class read_only_files : public memory_files {
public:
  using memory_files::memory_files;

  caf::expected<std::unique_ptr<output_file>>
  create(const std::string& path) override {
    return refused(path);
  }

  caf::expected<bool> link(const std::string&, const std::string& to) override {
    return refused(to);
  }

  caf::expected<bool> remove(const std::string& path) override {
    return refused(path);
  }

  caf::expected<std::unique_ptr<file_lock>> try_lock(const std::string& path,
                                                     lock_mode) override {
    return refused(path);
  }

private:
  static caf::error refused(const std::string& path) {
    return make_failure(errc::system, "cannot write '" + path + "'");
  }
};

/// A file system where nothing can be linked from another directory.
class other_device : public memory_files {
public:
  using memory_files::memory_files;

  caf::expected<bool> link(const std::string& from,
                           const std::string& to) override {
    if (parent_directory(from) != parent_directory(to))
      return make_failure(errc::system, "cannot link: another device");
    return memory_files::link(from, to);
  }
};

} // namespace

TEST_CASE("a model is not made where there is one, or something else") {
  memory_process on;
  auto writer = on.create();
  auto again = model_writer::create(on.files, model_dir, small_network(),
                                    options_of("x"));
  CHECK(again.error() == errc::bad_argument);
  CHECK(outcome_of(again)
        == "'model' holds a model already: go on with it, or "
           "give another path");
  REQUIRE(on.files.make_directory("other"));
  on.disk->damage("other/letter", "dear");
  CHECK(outcome_of(model_writer::create(on.files, "other", small_network(),
                                        options_of("x")))
        == "'other' is no model and not empty (it holds 'letter'): give "
           "another path");
  CHECK(
    model_writer::create(on.files, "no/such", small_network(), options_of("x"))
      .error()
    == errc::not_found);
  CHECK(outcome_of(model_reader::open(on.files, "other"))
        == "'other' holds no model: check the path, or make one there");
}

TEST_CASE("a model without a commit says so") {
  memory_process on;
  auto writer = on.create();
  CHECK_FALSE(writer.base());
  auto newest = on.reader().newest(verification::everything);
  CHECK(newest.error() == errc::not_found);
  CHECK(outcome_of(newest)
        == "model 'model' has no commit yet: wait for its first one");
  CHECK(on.reader().log()->empty());
}

TEST_CASE("a model that has lost a directory is not taken for an empty one") {
  memory_process on;
  {
    auto writer = on.create();
    on.commit(writer, 1);
  }
  on.disk->lose(layout::manifests(model_dir));
  CHECK(on.reader().newest(verification::headers).error() == errc::bad_model);
  CHECK(model_writer::open(on.files, model_dir, options_of("x")).error()
        == errc::bad_model);
}

TEST_CASE("an incomplete set of shards is no commit") {
  memory_process on;
  auto writer = on.create();
  auto refused = [&](std::vector<neuron_range> cut) {
    auto what = commit_step(on.files, writer, 1, std::move(cut));
    CHECK(what.error() == errc::bad_argument);
    return outcome_of(what);
  };
  CHECK(refused({{3, 6}})
        == "the shards are no complete version of the model: neurons 9-10 of "
           "layer 'output' are in none: have every node write its shards");
  CHECK(contains(refused({{3, 2}, {6, 3}, {9, 2}}), "neurons 5 of layer"));
  CHECK(contains(refused({{3, 4}, {6, 3}, {9, 2}}),
                 "neurons 6-8 of layer 'hidden1' are in two"));
  CHECK(on.reader().log()->empty());
  on.commit(writer, 1);
  CHECK(outcome_of(commit_step(on.files, writer, 1))
        == "step 1 cannot be committed after step 1: commit a later one");
}

TEST_CASE("a shard that this process does not find is told") {
  memory_process on;
  auto writer = on.create();
  auto draft = write_shards(on.files, writer, 1, two_shards);
  on.disk->lose(layout::shard_path(model_dir, draft->shards[1].name));
  auto what = writer.commit(std::move(*draft));
  CHECK(what.error() == errc::bad_model);
  CHECK(contains(outcome_of(what), "mount the same share on every server"));
}

TEST_CASE("a shard is written twice, with the same or another content") {
  memory_process on;
  auto writer = on.create();
  auto write = [&](std::uint64_t values) {
    auto part = values_of(small_network(), values, {3, 6});
    auto entry = write_shard(on.files, model_dir, {1, 5},
                             writer.reader().network_hash(), 1, {&part, 1});
    REQUIRE(outcome_of(entry) == "no error");
    return *entry;
  };
  auto first = write(1);
  CHECK(write(1) == first);
  auto other = write(2);
  CHECK(other.name == first.name + ".2");
  auto draft = write_shards(on.files, writer, 5, {{9, 2}});
  draft->shards.push_back(other);
  auto what = writer.commit(std::move(*draft));
  REQUIRE(outcome_of(what) == "no error");
  CHECK(on.reader().load_parameters(*what, {3, 6})->weights
        == values_of(small_network(), 2, {3, 6}).weights);
}

TEST_CASE("fsck names what is damaged and what belongs to nothing") {
  memory_process on;
  auto writer = on.create();
  on.commit(writer, 1);
  auto what = on.commit(writer, 2);
  auto clean = fsck(on.files, model_dir);
  CHECK(clean->damaged.empty());
  CHECK(clean->orphaned.empty());
  std::vector<std::string> paths;
  for (const auto& entry : what.shards) {
    paths.push_back(layout::shard_path(model_dir, entry.name));
    auto bytes = on.disk->content(paths.back());
    bytes[4100] ^= 1;
    on.disk->damage(paths.back(), bytes);
  }
  auto draft = write_shards(on.files, writer, 3, {{3, 6}});
  on.disk->damage("model/leases/000001", "nonsense");
  on.disk->damage("model/manifests/notes", "of mine");
  // An NFS client's, of the temporary name of a locked lease.
  on.disk->damage("model/leases/.nfs0000000000c0ffee00000001", "a lease");
  auto found = fsck(on.files, model_dir);
  REQUIRE(found->damaged.size() == 3);
  CHECK(found->damaged[0].path == paths[0]);
  CHECK(found->damaged[1].path == paths[1]);
  CHECK(found->damaged[2].path == "model/leases/000001");
  CHECK(found->orphaned
        == std::vector<std::string>{
          layout::shard_path(model_dir, draft->shards[0].name),
          "model/manifests/notes"});
  CHECK(found->newest_whole == commit_id{1, 1});
}

TEST_CASE("a branch is a model of its own and shares its shards") {
  memory_process on;
  {
    auto writer = on.create();
    on.commit(writer, 1);
    on.commit(writer, 2);
  }
  auto check_branch = [&](file_system& files, const std::string& to) {
    auto made = branch(files, model_dir, {1, 1}, to, {"host", 8, "branch"});
    REQUIRE(outcome_of(made) == "no error");
    CHECK(made->id == commit_id{1, 1});
    auto reader = model_reader::open(files, to);
    auto newest = reader->newest(verification::everything);
    REQUIRE(outcome_of(newest) == "no error");
    CHECK(is_whole(*reader, newest->what));
    CHECK(newest->what.cursor.data_name == "a data set");
    auto writer = model_writer::open(files, to, options_of("next"));
    REQUIRE(outcome_of(writer) == "no error");
    CHECK(writer->fence() == 2);
    CHECK(commit_step(files, *writer, 5));
  };
  check_branch(on.files, "linked");
  other_device elsewhere{on.disk};
  check_branch(elsewhere, "copied");
  CHECK(on.newest().what.id == commit_id{1, 2});
  CHECK(prune(on.files, model_dir, {1, false, verification::everything}));
  CHECK(model_reader::open(on.files, "linked")->log()->size() == 2);
  CHECK(fsck(on.files, "linked")->damaged.empty());
  auto none = branch(on.files, model_dir, {1, 1}, "third", {});
  CHECK(outcome_of(none) == "model 'model' has no commit 1-1: use one of 1-2");
}

TEST_CASE("a model on a mount for reading only is read without a pin") {
  memory_process on;
  auto writer = on.create();
  on.commit(writer, 1);
  read_only_files mount{on.disk};
  auto reader = model_reader::open(mount, model_dir);
  auto newest = reader->newest(verification::everything);
  REQUIRE(outcome_of(newest) == "no error");
  CHECK(is_whole(*reader, newest->what));
  CHECK(reader->pin({1, 1}).error() == errc::system);
}

TEST_CASE("stale handles are tried again a few times") {
  memory_process on;
  auto writer = on.create();
  on.commit(writer, 1);
  auto read = [&](std::uint64_t n, std::uint64_t times) {
    auto process = std::make_shared<faulty_files>(on.files);
    process->fail_from(n, times, fault::stale);
    retrying_files patient{process};
    auto reader = model_reader::open(patient, model_dir);
    if (!reader)
      return reader.error();
    auto newest = reader->newest(verification::everything);
    return newest ? caf::error{} : newest.error();
  };
  for (std::uint64_t n = 1; n < 40; ++n) {
    CAPTURE(n);
    CHECK(outcome_of(read(n, 1)) == "no error");
    CHECK(outcome_of(read(n, retrying_files::attempts - 1)) == "no error");
  }
  CHECK(read(1, retrying_files::attempts) == errc::stale);
}

TEST_CASE("commits are named as people type them and as files are called") {
  CHECK(to_string(commit_id{3, 1200}) == "3-1200");
  CHECK(to_string(commit_id{}) == "none");
  CHECK(*parse_commit("3-1200") == commit_id{3, 1200});
  for (auto text : {"", "3", "3-", "-3", "0-3", "3-1x", " 3-1", "3--1",
                    "99999999999999999999-1"})
    CHECK(parse_commit(text).error() == errc::bad_argument);
  CHECK(file_name({3, 1200}) == "000003-000000001200");
  CHECK(from_file_name("000003-000000001200") == commit_id{3, 1200});
  CHECK(from_file_name(file_name({1234567, 1})) == commit_id{1234567, 1});
  for (auto name : {"3-1200", "000003-000000001200.new", "000000-000000000001"})
    CHECK_FALSE(from_file_name(name));
  auto shard = layout::shard_name({3, 1200}, {784, 256});
  CHECK(shard == "000003-000000001200-784-256");
  CHECK(layout::facts_of_shard(shard)->range == neuron_range{784, 256});
  CHECK(layout::facts_of_shard(shard + ".2"));
  for (auto suffix : {"x", ".", ".2x", "/../x", ".2.0123456789abcdef.new"})
    CHECK_FALSE(layout::facts_of_shard(shard + suffix));
}
