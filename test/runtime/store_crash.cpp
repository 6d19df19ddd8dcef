// test: timeout=120
// A process that dies, a machine that loses its power, a call that fails: at
// every call to the file system, nothing that was committed is lost.
#include <optional>

#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

/// Makes a model and commits steps 1, 2 and 3 of two shards each. The last
/// commit that was claimed, and the first error.
struct outcome {
  commit_id claimed;
  caf::error err;
};

outcome train(file_system& files) {
  outcome result;
  auto writer = model_writer::create(files, model_dir, small_network(),
                                     options_of("train"));
  if (!writer)
    return {{}, writer.error()};
  for (std::uint64_t step : {1, 2, 3}) {
    auto made = commit_step(files, *writer, step);
    if (!made)
      return {result.claimed, made.error()};
    result.claimed = made->id;
  }
  return result;
}

std::uint64_t calls_of_training() {
  memory_process on;
  faulty_files counting{on.files};
  auto done = train(counting);
  REQUIRE(outcome_of(done.err) == "no error");
  REQUIRE(done.claimed == commit_id{1, 3});
  return counting.calls();
}

/// The model is as it should be after `claimed`; a new writer goes on.
void check_survival(memory_process& on, commit_id claimed) {
  if (!model_reader::open(on.files, model_dir)) {
    // Nothing was claimed, and making the model starts again.
    REQUIRE(claimed.none());
    auto writer = on.create();
    on.commit(writer, 1);
    return;
  }
  auto before = on.reader().newest(verification::everything);
  if (!before) {
    REQUIRE(before.error() == errc::not_found);
    REQUIRE(claimed.none());
  } else {
    REQUIRE(before->what.id >= claimed);
    REQUIRE(before->skipped.empty());
    REQUIRE(is_whole(on.reader(), before->what));
  }
  auto writer = on.open("next");
  REQUIRE(writer.base().has_value() == static_cast<bool>(before));
  if (before)
    REQUIRE(writer.base()->what.id == before->what.id);
  on.commit(writer, 10);
  auto after = on.newest();
  REQUIRE(after.what.id == commit_id{writer.fence(), 10});
  REQUIRE(is_whole(on.reader(), after.what));
  auto found = fsck(on.files, model_dir);
  REQUIRE(outcome_of(found) == "no error");
  REQUIRE(found->damaged.empty());
}

/// Of a model with two commits, the newest whole one and some of its values.
caf::error read_second_commit(file_system& files) {
  auto reader = model_reader::open(files, model_dir);
  if (!reader)
    return reader.error();
  auto newest = reader->newest(verification::everything);
  if (!newest)
    return newest.error();
  REQUIRE(newest->what.id == commit_id{1, 2});
  auto values = reader->load_parameters(newest->what, {4, 3});
  if (!values)
    return values.error();
  REQUIRE(same(*values, values_of(reader->net(), 2, {4, 3})));
  return {};
}

constexpr auto no_power_failure = ~std::uint64_t{0};

/// Dies at every call, before it or after it.
void die_everywhere(std::uint64_t power_failure) {
  auto calls = calls_of_training();
  REQUIRE(calls > 150);
  for (auto when : {fault::stop_before, fault::stop_after})
    for (std::uint64_t n = 1; n <= calls; ++n) {
      CAPTURE(n);
      memory_process on;
      faulty_files process{on.files};
      process.fail_at(n, when);
      auto done = train(process);
      REQUIRE(process.stopped());
      if (power_failure != no_power_failure)
        on.disk->power_failure(power_failure);
      check_survival(on, done.claimed);
    }
}

} // namespace

TEST_CASE("a process may die at any call without losing a commit") {
  die_everywhere(no_power_failure);
}

TEST_CASE("the power may fail at any call without losing a commit") {
  die_everywhere(0);
}

TEST_CASE("a power failure may keep any part of what was not synced") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    die_everywhere(seed);
}

TEST_CASE("a commit is durable when it is claimed") {
  memory_process on;
  auto writer = on.create();
  for (std::uint64_t step : {1, 2, 3}) {
    auto id = on.commit(writer, step).id;
    on.disk->power_failure();
    CHECK(on.newest().what.id == id);
  }
}

TEST_CASE("every fault is an error, loses nothing, and the next try succeeds") {
  auto calls = calls_of_training();
  for (auto what :
       {fault::io_error, fault::disk_full, fault::stale, fault::short_write})
    for (std::uint64_t n = 1; n <= calls; ++n) {
      CAPTURE(n);
      memory_process on;
      faulty_files process{on.files};
      process.fail_at(n, what);
      auto done = train(process);
      // Only what is left behind may fail in silence.
      auto call = process.log()[n - 1];
      CAPTURE(call);
      auto silent = call.starts_with("remove ") && contains(call, ".new");
      REQUIRE((done.err || silent));
      check_survival(on, done.claimed);
    }
}

TEST_CASE("a writer goes on after a fault and commits the same step again") {
  auto calls = calls_of_training();
  for (std::uint64_t n = 1; n <= calls; ++n) {
    CAPTURE(n);
    memory_process on;
    faulty_files process{on.files};
    auto writer = model_writer::create(process, model_dir, small_network(),
                                       options_of("train"));
    REQUIRE(writer);
    process.fail_at(process.calls() + n, fault::io_error);
    for (std::uint64_t step : {1, 2, 3}) {
      if (auto made = commit_step(process, *writer, step))
        continue;
      REQUIRE(outcome_of(commit_step(process, *writer, step)) == "no error");
    }
    auto log = on.reader().log();
    REQUIRE(log);
    REQUIRE(log->size() == 3);
    REQUIRE(on.newest().what.id == commit_id{1, 3});
    REQUIRE(is_whole(on.reader(), on.newest().what));
  }
}

TEST_CASE("a reader is told of every fault, and finds all once it is over") {
  memory_process on;
  {
    auto writer = on.create();
    on.commit(writer, 1);
    on.commit(writer, 2);
  }
  faulty_files counting{on.files};
  REQUIRE(outcome_of(read_second_commit(counting)) == "no error");
  for (auto what : {fault::io_error, fault::stale})
    for (std::uint64_t n = 1; n <= counting.calls(); ++n) {
      CAPTURE(n);
      faulty_files process{on.files};
      process.fail_at(n, what);
      auto err = read_second_commit(process);
      // Listing does without a refreshed listing where that cannot be had.
      auto silent = contains(process.log()[n - 1], "listing.");
      REQUIRE((err || silent));
      REQUIRE(outcome_of(read_second_commit(process)) == "no error");
    }
}
