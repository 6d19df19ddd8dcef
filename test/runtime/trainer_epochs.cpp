// test: timeout=120
// How programs decide after each epoch of a training how it goes on.
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include <caf/scoped_actor.hpp>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/training/commits.hpp"
#include "runtime/training/training.hpp"
#include "test/runtime/data_files.hpp"
#include "test/runtime/trainings.hpp"

using namespace ganglion;

namespace {

/// A model in a folder of its own, that a training commits to.
struct model_folder {
  explicit model_folder(session& on) {
    writer_options how;
    how.who = this_process("a test");
    auto writer = model_writer::create(*files, dir(), on.net(), how);
    REQUIRE_MESSAGE(writer, (writer ? "" : explain(writer.error())));
    commit_options options;
    options.interval.steps = 1'000'000;
    options.training = on.training();
    auto begun = commits::begin({on.self()->system(), on.engine(), on.where()},
                                std::move(*writer), dir(), options);
    REQUIRE_MESSAGE(begun, (begun ? "" : explain(begun.error())));
    kept = *begun;
  }

  [[nodiscard]] std::string dir() const {
    return folder.at("model");
  }

  /// What was committed, oldest first.
  std::vector<manifest> finish() {
    REQUIRE(!kept->finish());
    std::vector<manifest> result;
    auto log = model_reader::open(*files, dir())->log();
    for (const auto& x : *log)
      result.insert(result.begin(), *x.what);
    return result;
  }

  temp_folder folder;
  std::unique_ptr<file_system> files = make_posix_files();
  std::shared_ptr<commits> kept;
};

/// Commits of epochs of 5 steps, after each of which its number was said to be
/// the validation loss, and after the first one another rate was chosen.
void check_decided(const std::vector<manifest>& commits) {
  REQUIRE(commits.size() == 3);
  for (std::size_t i = 0; i < commits.size(); ++i) {
    CHECK(commits[i].id.step == 5 * (i + 1));
    CHECK(commits[i].validation_value() == static_cast<double>(i + 1));
    CHECK(commits[i].options.optimizer.learning_rate
          == (i == 0 ? 0.001f : 0.25f));
  }
}

} // namespace

TEST_CASE("a program decides after each epoch how to go on") {
  auto on = session_on("inside:2");
  model_folder model{*on};
  trainer_options options;
  options.epochs = 10;
  options.batch = 20; // 5 steps
  options.keeper = model.kept;
  std::vector<std::uint64_t> asked;
  auto decide = [&](const progress& x) -> caf::expected<epoch_decision> {
    asked.push_back(x.step);
    // Nothing flows: whatever is asked is answered.
    auto digests = on->ask<weight_digests>(get_digests{});
    REQUIRE(digests);
    CHECK(digests->step == x.step);
    epoch_decision result;
    result.stop = x.epoch == 3;
    result.learning_rate = x.epoch == 1 ? 0.25f : 0.0f;
    result.validation = x.epoch;
    return result;
  };
  auto last = train(*on, samples(), options, {}, decide);
  REQUIRE_MESSAGE(last, (last ? "" : explain(last.error())));
  CHECK(last->step == 15);
  CHECK(last->steps == 50);
  CHECK(asked == std::vector<std::uint64_t>{5, 10, 15});
  check_decided(model.finish());
  CHECK(on->training().optimizer.learning_rate == 0.25f);
}

TEST_CASE("a hook that goes on changes no bit, and one that fails ends it") {
  auto digests = [](const epoch_observer& hook) {
    auto on = session_on("inside:2");
    trainer_options options;
    options.epochs = 3;
    options.batch = 30;
    REQUIRE(train(*on, samples(), options, {}, hook));
    return on->ask<weight_digests>(get_digests{})->weights;
  };
  auto go_on = [](const progress&) -> caf::expected<epoch_decision> {
    return epoch_decision{};
  };
  CHECK(digests({}) == digests(go_on));
  auto on = session_on("inside:1");
  auto refuse = [](const progress&) -> caf::expected<epoch_decision> {
    return make_failure(errc::bad_data, "nothing to judge by");
  };
  auto failed = train(*on, samples(), endless(), {}, refuse);
  REQUIRE(!failed);
  CHECK(failed.error() == errc::bad_data);
  auto impossible = [](const progress&) -> caf::expected<epoch_decision> {
    return epoch_decision{false, -1};
  };
  failed = train(*on, samples(), endless(), {}, impossible);
  REQUIRE(!failed);
  CHECK(failed.error() == errc::bad_argument);
  // The network is still there.
  CHECK(on->ask<weight_digests>(get_digests{}));
}

TEST_CASE("a training that is cancelled while it asks ends") {
  auto on = session_on("inside:1");
  caf::scoped_actor judge{on->self()->system()};
  auto trainer = trainer_for(*on);
  auto options = endless();
  options.after_epoch = caf::actor_cast<caf::actor>(judge);
  auto& self = on->self();
  post_to(trainer, subscribe_progress{caf::actor_cast<caf::actor>(self)});
  post_to(trainer, start_training{samples(), options});
  judge->receive([&](const epoch_ended&) {
    post_to(trainer, cancel_training{});
    std::optional<training_ended> ended;
    self->receive_while([&] { return !ended; })(
      [](const progress&) {}, [&](training_ended& x) { ended = std::move(x); });
    CHECK(ended->why == errc::cancelled);
    return epoch_decision{};
  });
}
