// test: timeout=120
// What readers have pinned is not pruned.
#include <algorithm>
#include <optional>

#include "test/runtime/grown_model.hpp"
#include "test/support/interleaving.hpp"

using namespace ganglion;

namespace {

caf::error keep_newest_alone(file_system& files) {
  auto report = prune(files, model_dir, {1, false, verification::headers});
  return report ? caf::error{} : report.error();
}

struct meeting {
  /// Whether the reader had n calls.
  bool ran = false;
  bool pinned = false;
};

/// A reader pins a commit that another process prunes: after n calls of the
/// one come m of the other.
meeting pin_while_pruning(std::uint64_t n, std::uint64_t m) {
  grown_model x;
  faulty_files reading{x.files};
  faulty_files pruning{x.files};
  auto reader = model_reader::open(reading, model_dir);
  auto wanted = *x.reader().find({1, 2});
  std::optional<caf::expected<commit_pin>> pin;
  bool whole = false;
  caf::error failure;
  auto ran = interleaving{reading, pruning}.run(
    n,
    [&] {
      pin.emplace(reader->pin({1, 2}));
      whole = *pin && is_whole(*reader, wanted);
    },
    m, [&] { failure = keep_newest_alone(pruning); });
  REQUIRE(outcome_of(failure) == "no error");
  REQUIRE(static_cast<bool>(*pin) == whole);
  if (*pin) // still, since it is still pinned
    REQUIRE(is_whole(*reader, wanted));
  else
    REQUIRE(pin->error() == errc::not_found);
  return {ran, static_cast<bool>(*pin)};
}

} // namespace

TEST_CASE("a pin is locked before it has its name") {
  grown_model x;
  faulty_files process{x.files};
  auto reader = model_reader::open(process, model_dir);
  auto pin = reader->pin({1, 2});
  REQUIRE(outcome_of(pin) == "no error");
  auto log = process.log();
  auto position = [&](std::string_view call) {
    return std::ranges::find_if(
      log, [&](const auto& line) { return line.starts_with(call); });
  };
  CHECK(position("lock model/pins/") < position("link model/pins/"));
  CHECK(position("link model/pins/") < log.end());
}

TEST_CASE("a pinned commit stays until it is let go") {
  grown_model x;
  auto reader = x.reader();
  {
    auto pin = reader.pin({1, 2});
    REQUIRE(outcome_of(pin) == "no error");
    auto report = x.prune(1);
    CHECK(report.removed == grown_model::ids{{1, 1}});
    CHECK(report.pinned == commit_id{1, 2});
    CHECK(x.listed() == grown_model::ids{{1, 4}, {1, 3}, {1, 2}});
    CHECK(is_whole(reader, *reader.find({1, 2})));
  }
  CHECK(x.disk->names(layout::pins(model_dir)).empty());
  CHECK(x.prune(1).removed == grown_model::ids{{1, 2}, {1, 3}});
  auto pin = reader.pin({1, 2});
  CHECK(pin.error() == errc::not_found);
  CHECK(outcome_of(pin)
        == "commit 1-2 of model 'model' was pruned meanwhile: take the newest");
}

TEST_CASE("the pin of a reader that died is in nobody's way") {
  grown_model x;
  faulty_files process{x.files};
  auto reader = model_reader::open(process, model_dir);
  auto pin = reader->pin({1, 2});
  REQUIRE(outcome_of(pin) == "no error");
  process.fail_at(process.calls() + 1, fault::stop_before);
  CHECK_FALSE(reader->log());
  CHECK(x.disk->names(layout::pins(model_dir)).size() == 1);
  CHECK(x.prune(1).removed.size() == 3);
  CHECK(x.disk->names(layout::pins(model_dir)).empty());
}

TEST_CASE("a reader that pins and prune may meet at any two calls") {
  int pinned = 0;
  int refused = 0;
  for (std::uint64_t n = 1; n < 60; ++n)
    for (std::uint64_t m = 1; m < 80; ++m) {
      CAPTURE(n);
      CAPTURE(m);
      auto found = pin_while_pruning(n, m);
      ++(found.pinned ? pinned : refused);
      if (!found.ran)
        n = 60;
    }
  CHECK(pinned > 10);
  CHECK(refused > 10);
}
