// test: timeout=120
// The trainer as actors see it.
#include "runtime/training/trainer.hpp"

#include <doctest/doctest.h>

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include "distributor/request.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/ask.hpp"
#include "runtime/data/generate.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/training/commits.hpp"
#include "runtime/training/training.hpp"
#include "test/runtime/data_files.hpp"

using namespace ganglion;

namespace {

std::unique_ptr<session> open(const std::string& nodes) {
  session_options options;
  options.net = *parse_network("mlp:6-32-3");
  options.nodes = nodes;
  options.request = *parse_request("layers");
  options.node_options.threads = 1;
  options.owner = "a test";
  auto result = session::open(options);
  REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
  return std::move(*result);
}

trainer_actor trainer_for(session& on) {
  return spawn_trainer(on.self()->system(), on.engine(), on.net());
}

dataset samples() {
  return generate({100, 6, 3}, 1)->train;
}

trainer_options endless() {
  trainer_options result;
  result.epochs = 1'000'000;
  result.batch = 20;
  return result;
}

/// Waits for the first progress of a training, and cancels it there.
training_ended cancel_at_first(caf::scoped_actor& self,
                               const trainer_actor& trainer) {
  std::optional<training_ended> ended;
  self->receive_while([&] { return !ended; })(
    [&](const progress&) { post_to(trainer, cancel_training{}); },
    [&](training_ended& x) { ended = std::move(x); });
  return *ended;
}

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

/// Keeps the last step alone, as commits would.
class last_step : public step_keeper {
public:
  bool wants(const train_position&, bool, bool last) override {
    return last;
  }

  void done(const step_results& results) override {
    kept.push_back(results.after.steps);
  }

  void when_there_is_room(std::function<void()> then) override {
    then();
  }

  caf::error check() override {
    return {};
  }

  std::vector<std::uint64_t> kept;
};

} // namespace

TEST_CASE("a subscriber sees every step, and then the end") {
  auto on = open("inside:1");
  auto& self = on->self();
  auto trainer = trainer_for(*on);
  trainer_options options;
  options.epochs = 3;
  options.batch = 30; // 4 steps, the last of 10 samples
  post_to(trainer, subscribe_progress{caf::actor_cast<caf::actor>(self)});
  auto last = ask<progress>(self, trainer, start_training{samples(), options});
  REQUIRE_MESSAGE(last, (last ? "" : explain(last.error())));
  std::vector<progress> seen;
  std::optional<training_ended> ended;
  self->receive_while([&] { return !ended; })(
    [&](const progress& x) { seen.push_back(x); },
    [&](training_ended& x) { ended = std::move(x); });
  REQUIRE(seen.size() == 12);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CHECK(seen[i].step == i + 1);
    CHECK(seen[i].steps == 12);
    CHECK(seen[i].epoch == i / 4 + 1);
    CHECK(seen[i].samples_per_second > 0);
  }
  CHECK(!ended->why);
  CHECK(ended->last.loss == last->loss);
  CHECK(seen.back().loss == last->loss);
  CHECK(last->loss < seen[3].loss);
}

TEST_CASE(
  "a subscriber may ask for fewer, and gets the last one all the same") {
  auto on = open("inside:1");
  auto& self = on->self();
  auto trainer = trainer_for(*on);
  auto here = caf::actor_cast<caf::actor>(self);
  post_to(trainer, subscribe_progress{here});
  post_to(trainer, subscribe_progress{here, 4}); // instead
  trainer_options options;
  options.epochs = 2;
  options.batch = 20;
  REQUIRE(ask<progress>(self, trainer, start_training{samples(), options}));
  std::vector<std::uint64_t> seen;
  auto ended = false;
  self->receive_while([&] { return !ended; })(
    [&](const progress& x) { seen.push_back(x.step); },
    [&](const training_ended&) { ended = true; });
  CHECK(seen == std::vector<std::uint64_t>{4, 8, 10});
}

TEST_CASE("a training that is cancelled ends, and another may begin") {
  auto on = open("inside:2");
  caf::scoped_actor self{on->self()->system()};
  auto trainer = trainer_for(*on);
  post_to(trainer, cancel_training{}); // nothing to cancel yet
  post_to(trainer, subscribe_progress{caf::actor_cast<caf::actor>(self)});
  post_to(trainer, start_training{samples(), endless()});
  auto second = ask<progress>(on->self(), trainer,
                              start_training{samples(), endless()});
  REQUIRE(!second);
  CHECK(second.error() == errc::busy);
  auto ended = cancel_at_first(self, trainer);
  CHECK(ended.why == errc::cancelled);
  auto again = ask<progress>(on->self(), trainer,
                             start_training{samples(), trainer_options{1, 50}});
  REQUIRE_MESSAGE(again, (again ? "" : explain(again.error())));
  CHECK(again->step > ended.last.step);
}

TEST_CASE("a training that keeps steps keeps one more when it is cancelled") {
  auto on = open("inside:1");
  caf::scoped_actor self{on->self()->system()};
  auto trainer = trainer_for(*on);
  auto keeper = std::make_shared<last_step>();
  auto options = endless();
  options.keeper = keeper;
  post_to(trainer, subscribe_progress{caf::actor_cast<caf::actor>(self)});
  // The keeper says which steps are kept; the engine has no model to keep in.
  post_to(trainer, start_training{samples(), options});
  auto ended = cancel_at_first(self, trainer);
  CHECK(ended.why);
  CHECK(explain(ended.why).find("open_model") != std::string::npos);
  CHECK(keeper->kept.empty());
}

TEST_CASE("data that do not fit are refused before anything is trained") {
  auto on = open("inside:1");
  auto trainer = trainer_for(*on);
  auto wide = generate({100, 7, 3}, 1)->train;
  auto answer = ask<progress>(on->self(), trainer,
                              start_training{wide, trainer_options{1, 10}});
  REQUIRE(!answer);
  CHECK(explain(answer.error()).find('7') != std::string::npos);
  auto batch = ask<progress>(on->self(), trainer,
                             start_training{samples(), trainer_options{1, 0}});
  CHECK(!batch);
}

TEST_CASE("a trainer that is told to exit answers what it was asked") {
  auto on = open("inside:1");
  caf::scoped_actor self{on->self()->system()};
  auto trainer = trainer_for(*on);
  auto asked = request_from(on->self().ptr(), trainer, caf::infinite,
                            start_training{samples(), endless()});
  caf::anon_send_exit(trainer, caf::exit_reason::user_shutdown);
  auto answer = await<progress>(std::move(asked));
  REQUIRE(!answer);
  CHECK(answer.error() == errc::cancelled);
}

TEST_CASE("an observer that has seen enough ends a blocking training") {
  auto on = open("inside:1");
  std::uint64_t seen = 0;
  auto answer = train(*on, samples(), endless(),
                      [&](const progress& x) { return (seen = x.step) < 5; });
  REQUIRE(!answer);
  CHECK(answer.error() == errc::cancelled);
  CHECK(seen == 5);
}

TEST_CASE("a program decides after each epoch how to go on") {
  auto on = open("inside:2");
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
  auto commits = model.finish();
  REQUIRE(commits.size() == 3);
  for (std::size_t i = 0; i < commits.size(); ++i) {
    CHECK(commits[i].id.step == 5 * (i + 1));
    CHECK(commits[i].validation_value() == static_cast<double>(i + 1));
    CHECK(commits[i].options.optimizer.learning_rate
          == (i == 0 ? 0.001f : 0.25f));
  }
  CHECK(on->training().optimizer.learning_rate == 0.25f);
}

TEST_CASE("a hook that goes on changes no bit, and one that fails ends it") {
  auto digests = [](const epoch_observer& hook) {
    auto on = open("inside:2");
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
  auto on = open("inside:1");
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
  auto on = open("inside:1");
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
