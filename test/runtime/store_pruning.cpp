// test: timeout=120
// Pruning: what it keeps, which writers are in its way, and what a crash
// leaves.
#include <cmath>

#include "runtime/model_store/store/layout.hpp"
#include "test/runtime/grown_model.hpp"

using namespace ganglion;

namespace {

using ids = grown_model::ids;

} // namespace

TEST_CASE("prune keeps the newest commits and removes the shards of others") {
  grown_model x;
  CHECK(x.shards() == 8);
  auto report = x.prune(3);
  CHECK(report.removed == ids{{1, 1}});
  CHECK(report.removed_shards == 2);
  CHECK(x.listed() == ids{{1, 4}, {1, 3}, {1, 2}});
  CHECK(x.prune(1).removed == ids{{1, 2}, {1, 3}});
  CHECK(x.shards() == 2);
  CHECK(is_whole(x.reader(), x.newest().what));
  CHECK(x.prune(1).removed.empty());
  CHECK(outcome_of(prune(x.files, model_dir, {0, false, verification::headers}))
        == "prune keeps one commit at least: ask it to keep more than 0");
}

TEST_CASE("prune keeps the best by validation and what is newer, if asked") {
  memory_process x;
  auto writer = x.create();
  std::uint64_t step = 0;
  for (auto loss : {0.5, 0.25, 0.25, std::nan(""), 0.75}) {
    auto draft = write_shards(x.files, writer, ++step, two_shards);
    REQUIRE(draft);
    draft->validation = loss;
    REQUIRE(writer.commit(std::move(*draft)));
  }
  // The first of those that are as good.
  auto best = x.reader().best();
  REQUIRE(outcome_of(best) == "no error");
  CHECK(best->id == commit_id{1, 2});
  CHECK(best->validation_value() == 0.25);
  auto report = writer.prune({1, true, verification::headers});
  REQUIRE(outcome_of(report) == "no error");
  CHECK(report->removed == ids{{1, 1}});
  report = writer.prune({1, false, verification::headers});
  REQUIRE(outcome_of(report) == "no error");
  CHECK(report->removed == ids{{1, 2}, {1, 3}, {1, 4}});
}

TEST_CASE("of commits that nobody validated none is the best") {
  grown_model x;
  CHECK(outcome_of(x.reader().best())
        == "no commit of model 'model' was validated: train with --validation, "
           "or name a commit");
  CHECK(x.prune(1).removed.size() == 3);
}

TEST_CASE("prune never removes the newest whole commit") {
  grown_model x;
  auto newest = x.newest().what;
  x.disk->lose(layout::shard_path(model_dir, newest.shards[0].name));
  CHECK(x.prune(1).removed == ids{{1, 1}, {1, 2}});
  CHECK(x.newest().what.id == commit_id{1, 3});
  CHECK(is_whole(x.reader(), x.newest().what));
}

TEST_CASE(
  "prune removes void commits and leftovers, not what is being written") {
  memory_process on;
  auto old = on.create();
  on.commit(old, 1);
  auto writer = on.open("new", true);
  faulty_files dying{on.files};
  on.commit(writer, 2);
  // A shard of the next commit, whole, and one that is half written.
  auto draft = write_shards(on.files, writer, 3, two_shards);
  auto leftover = layout::shards(model_dir) + "/"
                  + layout::shard_name({1, 1}, {3, 6});
  on.disk->damage(temporary_name(leftover), "half");
  CHECK(commit_step(on.files, old, 9).error() == errc::lost_lease);
  on.disk->damage(layout::manifest_path(model_dir, {1, 9}), "void");
  auto report = prune(on.files, model_dir,
                      {1, false, verification::everything});
  REQUIRE(outcome_of(report) == "no error");
  CHECK(report->removed == ids{{1, 1}, {1, 9}});
  for (const auto& name : on.disk->names(layout::shards(model_dir)))
    CHECK(layout::facts_of_shard(name)->commit.fence == 2);
  CHECK(outcome_of(writer.commit(std::move(*draft))) == "no error");
}

TEST_CASE("prune waits for a writer that is just opening") {
  grown_model x;
  faulty_files process{x.files};
  bool asked = false;
  process.before_each([&](std::uint64_t n) {
    if (asked || !contains(process.log()[n - 1], "000002.base"))
      return;
    asked = true;
    auto report = prune(x.files, model_dir, {1, false, verification::headers});
    CHECK(report.error() == errc::busy);
    CHECK(contains(outcome_of(report), "a writer (fence 2) is just opening "
                                       "model 'model', or died doing so"));
  });
  CHECK(model_writer::open(process, model_dir, options_of("opening")));
  CHECK(asked);
  CHECK(x.prune(1).removed.size() == 3);
}

TEST_CASE("prune removes nothing when a fence is raised while it looks") {
  grown_model x;
  faulty_files process{x.files};
  bool asked = false;
  process.before_each([&](std::uint64_t n) {
    // The history has been read, the newest commit is being checked.
    if (asked || !contains(process.log()[n - 1], "open model/shards/"))
      return;
    asked = true;
    x.open("new", true);
  });
  auto report = prune(process, model_dir, {1, false, verification::headers});
  CHECK(asked);
  CHECK(report.error() == errc::busy);
  CHECK(x.listed().size() == 4);
}

TEST_CASE("prune removes no shards that a commit in progress has written") {
  memory_process on;
  auto writer = on.create();
  on.commit(writer, 1);
  on.commit(writer, 3);
  auto draft = write_shards(on.files, writer, 4, two_shards);
  auto report = prune(on.files, model_dir, {2, false, verification::headers});
  REQUIRE(outcome_of(report) == "no error");
  CHECK(report->removed_shards == 0);
  CHECK(outcome_of(writer.commit(std::move(*draft))) == "no error");
}

TEST_CASE("a reader whose listing lost the last commit lists once more") {
  memory_process on;
  auto writer = on.create();
  faulty_files process{on.files};
  bool seen = false;
  process.before_each([&](std::uint64_t n) {
    // Its manifests have been listed: none was there.
    if (!seen && contains(process.log()[n - 1], "list model/leases")) {
      seen = true;
      on.commit(writer, 1);
    }
  });
  auto log = model_reader::open(process, model_dir)->log();
  REQUIRE(log->size() == 1);
}

TEST_CASE("prune may die at any call, with or without the power") {
  for (auto power : {false, true})
    for (auto when : {fault::stop_before, fault::stop_after})
      for (std::uint64_t n = 1;; ++n) {
        CAPTURE(n);
        grown_model x;
        faulty_files process{x.files};
        process.fail_at(n, when);
        auto report = prune(process, model_dir,
                            {2, false, verification::everything});
        if (power)
          x.disk->power_failure(n);
        auto found = fsck(x.files, model_dir);
        REQUIRE(outcome_of(found) == "no error");
        REQUIRE(found->damaged.empty());
        REQUIRE(found->newest_whole == commit_id{1, 4});
        REQUIRE(x.listed().size() >= 2);
        x.prune(2);
        REQUIRE(x.shards() == 4);
        if (!process.stopped())
          break;
      }
}
