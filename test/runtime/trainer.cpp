// test: timeout=120
// The trainer as actors see it.
#include "runtime/training/trainer.hpp"

#include <doctest/doctest.h>

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/ask.hpp"
#include "runtime/data/generate.hpp"
#include "runtime/training/step_keeper.hpp"
#include "runtime/training/training.hpp"
#include "test/runtime/trainings.hpp"

using namespace ganglion;

namespace {

/// Waits for the first progress of a training, and cancels it there.
training_ended cancel_at_first(caf::scoped_actor& self,
                               const trainer_actor& trainer) {
  std::optional<training_ended> ended;
  self->receive_while([&] { return !ended; })(
    [&](const progress&) { post_to(trainer, cancel_training{}); },
    [&](training_ended& x) { ended = std::move(x); });
  return *ended;
}

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
  auto on = session_on("inside:1");
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
  auto on = session_on("inside:1");
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
  auto on = session_on("inside:2");
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
  auto on = session_on("inside:1");
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
  auto on = session_on("inside:1");
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
  auto on = session_on("inside:1");
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
  auto on = session_on("inside:1");
  std::uint64_t seen = 0;
  auto answer = train(*on, samples(), endless(),
                      [&](const progress& x) { return (seen = x.step) < 5; });
  REQUIRE(!answer);
  CHECK(answer.error() == errc::cancelled);
  CHECK(seen == 5);
}
