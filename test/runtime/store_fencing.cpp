// test: timeout=120
// One writer at a time: whoever has lost the lease cannot commit, whatever the
// order of calls, and what it had claimed before is not lost.
#include <optional>

#include "runtime/model_store/store/layout.hpp"
#include "test/runtime/store_models.hpp"
#include "test/support/interleaving.hpp"

using namespace ganglion;

namespace {

/// The old writer commits step 2 while another takes over.
struct race {
  memory_process on;
  faulty_files old_files{on.files};
  faulty_files new_files{on.files};
  std::optional<model_writer> old_writer;
  caf::expected<manifest> committed{caf::error{}};
  std::optional<model_writer> new_writer;
  caf::error failure;

  explicit race(bool stale) {
    if (stale) {
      old_files.give_stale_listings();
      new_files.give_stale_listings();
    }
    auto writer = model_writer::create(old_files, model_dir, small_network(),
                                       options_of("old"));
    REQUIRE(writer);
    old_writer.emplace(std::move(*writer));
    REQUIRE(commit_step(old_files, *old_writer, 1));
    // So that the new process has something stale to believe.
    REQUIRE(model_reader::open(new_files, model_dir)->log());
  }

  void commit() {
    committed = commit_step(old_files, *old_writer, 2);
  }

  void take_over() {
    auto writer = model_writer::open(new_files, model_dir,
                                     options_of("new", true));
    if (writer)
      new_writer.emplace(std::move(*writer));
    else
      failure = writer.error();
  }

  /// What must hold however the two were interleaved.
  void check() {
    REQUIRE(outcome_of(failure) == "no error");
    auto base = new_writer->base()->what.id;
    auto seen = base == commit_id{1, 2};
    if (committed)
      REQUIRE(seen);
    else
      REQUIRE(committed.error() == errc::lost_lease);
    REQUIRE((seen || base == commit_id{1, 1}));
    // Void or not, all readers agree with the new writer.
    REQUIRE(on.newest().what.id == base);
    // Whether it was told or not: it cannot commit any more.
    auto late = commit_step(old_files, *old_writer, 3);
    REQUIRE(late.error() == errc::lost_lease);
    REQUIRE(contains(outcome_of(late), "was taken over by new (host host, "));
    REQUIRE(on.newest().what.id == base);
    REQUIRE(commit_step(new_files, *new_writer, 4));
    REQUIRE(on.newest().what.id == commit_id{2, 4});
    auto log = on.reader().log();
    REQUIRE(log->size() == (seen ? 3 : 2));
    REQUIRE(fsck(on.files, model_dir)->damaged.empty());
  }
};

void interleave(bool stale) {
  int runs = 0;
  for (std::uint64_t n = 1;; ++n) {
    for (std::uint64_t m = 1;; ++m) {
      CAPTURE(n);
      CAPTURE(m);
      race x{stale};
      auto start = x.new_files.calls();
      if (!interleaving{x.old_files, x.new_files}.run(
            n, [&] { x.commit(); }, m, [&] { x.take_over(); })) {
        CHECK(runs > 1000);
        return;
      }
      auto calls = x.new_files.calls() - start;
      x.check();
      ++runs;
      if (m > calls)
        break;
    }
  }
}

} // namespace

TEST_CASE("a taker-over and a commit may meet at any two calls") {
  interleave(false);
}

TEST_CASE("they may meet so where directories are listed from a cache") {
  interleave(true);
}

TEST_CASE("a manifest after the fence was raised is void and its writer told") {
  race x{false};
  // The taker-over comes just before the manifest gets its name.
  x.old_files.before_each([&](std::uint64_t n) {
    auto call = x.old_files.log()[n - 1];
    if (call.starts_with("link ") && contains(call, "manifests/"))
      x.take_over();
  });
  x.commit();
  x.old_files.before_each({});
  CHECK(x.committed.error() == errc::lost_lease);
  CHECK(x.new_writer->base()->what.id == commit_id{1, 1});
  CHECK(contains(x.on.disk->content(layout::manifest_path(model_dir, {1, 2})),
                 "ganglion-manifest 3\n"));
  CHECK(x.on.newest().what.id == commit_id{1, 1});
  auto found = fsck(x.on.files, model_dir);
  REQUIRE(found->commits.size() == 2);
  CHECK(found->commits[0].voided);
  CHECK_FALSE(found->commits[1].voided);
  x.check();
}

TEST_CASE("a second writer is refused and told who writes") {
  memory_process on;
  auto first = on.create();
  auto second = model_writer::open(on.files, model_dir, options_of("second"));
  CHECK(second.error() == errc::busy);
  auto text = outcome_of(second);
  CHECK(contains(text, "model 'model' is being written by first (host host, "
                       "process 7, since 20"));
  CHECK(contains(text, "wait for it or stop it, or take over with --take-over "
                       "if it hangs"));
  on.commit(first, 1);
}

TEST_CASE(
  "a writer that took over is not disturbed once the old one has died") {
  memory_process on;
  std::optional<model_writer> first{on.create()};
  auto second = on.open("second", true);
  first.reset();
  auto third = model_writer::open(on.files, model_dir, options_of("third"));
  CHECK(third.error() == errc::busy);
  CHECK(contains(outcome_of(third), "written by second "));
  on.commit(second, 5);
}

TEST_CASE("an ordinary writer starts over when another one was faster") {
  memory_process on;
  {
    auto first = on.create();
    on.commit(first, 1);
  }
  faulty_files process{on.files};
  std::optional<model_writer> faster;
  process.before_each([&](std::uint64_t n) {
    auto call = process.log()[n - 1];
    if (!faster && call.starts_with("link ") && call.ends_with("/000002"))
      faster.emplace(on.open("faster", true));
  });
  auto late = model_writer::open(process, model_dir, options_of("late"));
  REQUIRE(faster);
  CHECK(late.error() == errc::busy);
  CHECK(contains(outcome_of(late), "written by faster "));
  on.commit(*faster, 2);
}

TEST_CASE("a fence's record is locked before it has its name") {
  memory_process on;
  on.create();
  faulty_files process{on.files};
  bool asked = false;
  process.before_each([&](std::uint64_t n) {
    auto call = process.log()[n - 1];
    // Just behind the link of the record.
    if (asked || !call.starts_with("remove model/leases/000002."))
      return;
    asked = true;
    auto other = model_writer::open(on.files, model_dir, options_of("other"));
    CHECK(other.error() == errc::busy);
  });
  CHECK(model_writer::open(process, model_dir, options_of("new")));
  CHECK(asked);
}

TEST_CASE("the lease is free when its writer has gone") {
  memory_process on;
  {
    auto first = on.create();
    on.commit(first, 1);
  }
  auto second = on.open("second");
  CHECK(second.fence() == 2);
  CHECK(second.base()->what.id == commit_id{1, 1});
}

TEST_CASE("of two that open at once one gets the lease") {
  for (std::uint64_t n = 1; n < 40; ++n)
    for (std::uint64_t m = 1; m < 40; ++m) {
      CAPTURE(n);
      CAPTURE(m);
      memory_process on;
      {
        auto writer = on.create();
        on.commit(writer, 1);
      }
      faulty_files files[2] = {faulty_files{on.files}, faulty_files{on.files}};
      std::optional<caf::expected<model_writer>> opened[2];
      auto open = [&](int i) {
        opened[i].emplace(
          model_writer::open(files[i], model_dir, options_of("x")));
      };
      interleaving{files[0], files[1]}.run(
        n, [&] { open(0); }, m, [&] { open(1); });
      int refused = 0;
      for (auto& x : opened)
        if (!*x) {
          ++refused;
          REQUIRE(x->error() == errc::busy);
        }
      REQUIRE(refused == 1);
    }
}

TEST_CASE("two that take over at once never both commit") {
  for (std::uint64_t n = 1; n < 60; ++n) {
    CAPTURE(n);
    memory_process on;
    auto first = on.create();
    on.commit(first, 1);
    faulty_files files{on.files};
    std::optional<model_writer> inner;
    files.before_each([&](std::uint64_t call) {
      if (call == n)
        inner.emplace(on.open("inner", true));
    });
    auto outer = model_writer::open(files, model_dir,
                                    options_of("outer", true));
    REQUIRE(outcome_of(outer) == "no error");
    files.before_each({});
    if (!inner)
      break;
    auto a = commit_step(on.files, *inner, 2);
    auto b = commit_step(files, *outer, 2);
    REQUIRE(static_cast<bool>(a) != static_cast<bool>(b));
    auto winner = a ? a->id : b->id;
    REQUIRE(on.newest().what.id == winner);
    REQUIRE(winner.fence == std::max(inner->fence(), outer->fence()));
  }
}

TEST_CASE("a fence whose writer died before it knew its base has no say") {
  memory_process on;
  std::optional<model_writer> first{on.create()};
  on.commit(*first, 1);
  // Dies between raising its fence and telling what it builds on.
  faulty_files dying{on.files};
  dying.before_each([&](std::uint64_t n) {
    if (contains(dying.log()[n - 1], "000002.base"))
      dying.fail_at(n, fault::stop_before);
  });
  CHECK_FALSE(model_writer::open(dying, model_dir, options_of("dying", true)));
  REQUIRE(dying.stopped());
  CHECK(on.newest().what.id == commit_id{1, 1});
  auto late = commit_step(on.files, *first, 2);
  CHECK(late.error() == errc::lost_lease);
  first.reset();
  auto third = on.open("third");
  CHECK(third.fence() == 3);
  on.commit(third, 2);
  CHECK(on.newest().what.id == commit_id{3, 2});
}
