#include "runtime/training/trainer.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/training/divergence.hpp"
#include "runtime/training/training_run.hpp"

namespace ganglion {

namespace {

/// A subscriber that is not kept alive.
struct subscription {
  caf::actor_addr who;
  std::uint64_t every = 1;
};

/// What reaches a trainer besides requests.
using trainer_inside
  = trainer_actor::extend<caf::result<void>(keeper_has_room)>;

struct trainer_state {
  trainer_state(trainer_inside::pointer ptr, engine_actor whom, network what)
    : self(ptr), engine(std::move(whom)), net(std::move(what)) {
    // nop
  }

  trainer_inside::behavior_type make_behavior() {
    when_told_to_exit(self, [this](const caf::error& reason) {
      end(cancelled());
      self->quit(reason);
    });
    return {
      [this](start_training& x) { return on_start(x); },
      [this](const subscribe_progress& x) { on_subscribe(x); },
      [this](cancel_training) { on_cancel(); },
      [this](const keeper_has_room& x) { on_room(x); },
    };
  }

  static caf::error cancelled() {
    return make_failure(errc::cancelled, "the training was interrupted");
  }

  caf::typed_response_promise<progress> on_start(start_training& x) {
    auto promise = self->make_response_promise<progress>();
    if (run)
      promise.deliver(make_failure(errc::busy,
                                   "this trainer trains already: wait for it, "
                                   "cancel it, or spawn another one"));
    else if (auto err = check_fits(net, x.data, x.options.batch))
      end_with(promise, {}, err);
    else {
      answer = promise;
      ++runs;
      run.emplace(x.data, x.options);
      go_on();
    }
    return promise;
  }

  void on_subscribe(const subscribe_progress& x) {
    forget([&](const auto& who) { return who == x.who; });
    subscriptions.push_back(
      {x.who.address(), std::max(x.every, std::uint64_t{1})});
  }

  void on_cancel() {
    if (!run)
      return;
    waiting = false;
    run->stop();
    go_on();
  }

  /// Sends what may be sent; ends what is over.
  void go_on() {
    if (ending || waiting)
      return;
    while (run->may_send()) {
      auto step = run->next();
      request_from(self, engine, caf::infinite, std::move(step.what))
        .then(
          [this, id = runs, number = step.number](const step_report& report) {
            if (run && id == runs)
              on_report(number, report);
          },
          [this, id = runs](const caf::error& why) {
            if (run && id == runs)
              end(why);
          });
    }
    if (run->epoch_is_over() && !run->over())
      ask_how_to_go_on();
    else if (run->over() && run->stopped())
      end(cancelled());
    else if (run->over())
      end_checked({});
  }

  /// Once for each epoch.
  void ask_how_to_go_on() {
    if (std::exchange(asking, true))
      return;
    request_from(self, run->options().after_epoch, caf::infinite,
                 epoch_ended{run->now()})
      .then(
        [this, id = runs](const epoch_decision& x) {
          if (run && id == runs)
            on_decision(x);
        },
        [this, id = runs](const caf::error& why) {
          if (run && id == runs)
            end(why);
        });
  }

  void on_decision(const epoch_decision& x) {
    auto decide = [this, x] {
      asking = false;
      run->decide(x);
      wait_for_room();
    };
    if (x.learning_rate == 0)
      return decide();
    request_from(self, engine, caf::infinite, set_rate{x.learning_rate})
      .then(
        [this, id = runs, decide](rate_set) {
          if (run && id == runs)
            decide();
        },
        [this, id = runs](const caf::error& why) {
          if (run && id == runs)
            end(why);
        });
  }

  /// Each epoch's last weights are kept: where that takes longer than an epoch,
  /// they are not to pile up.
  void wait_for_room() {
    const auto& keeper = run->options().keeper;
    if (!keeper || run->over() || run->stopped())
      return go_on();
    waiting = true;
    auto me = caf::actor_cast<caf::actor_addr>(
      caf::actor_cast<caf::actor>(self));
    keeper->when_there_is_room([me, id = runs] {
      if (auto trainer = caf::actor_cast<caf::actor>(me))
        post_to(trainer, keeper_has_room{id});
    });
  }

  void on_room(const keeper_has_room& x) {
    if (!run || x.run != runs || !std::exchange(waiting, false))
      return;
    go_on();
  }

  void on_report(std::uint64_t number, const step_report& report) {
    if (ending)
      return;
    auto err = run->take(number, report, [this] { tell(); });
    if (err == errc::diverged)
      end_checked(err);
    else if (err)
      end(err);
    else
      go_on();
  }

  /// Ends after a look at the weights, once nothing is under way any more.
  void end_checked(const caf::error& why) {
    if (run->options().when_it_diverges == on_nan::go_on)
      return end(why);
    ending = true;
    request_from(self, engine, caf::infinite, get_not_finite{})
      .then(
        [this, id = runs, why](const not_finite_neurons& x) {
          if (run && id == runs)
            end(why || !x.parts.empty() ? training_diverged(why, x) : why);
        },
        [this, id = runs, why](const caf::error& other) {
          if (run && id == runs)
            end(why ? training_diverged_unseen(why, other) : other);
        });
  }

  void tell() {
    const auto& now = run->now();
    each_subscriber([&](const caf::actor& who, std::uint64_t every) {
      if (now.step % every == 0 || now.step == now.steps)
        post_to(who, now);
    });
  }

  void end(const caf::error& why) {
    if (!run)
      return;
    auto last = run->now();
    run.reset();
    ending = asking = waiting = false;
    end_with(answer, last, why);
  }

  void end_with(caf::typed_response_promise<progress>& to, const progress& last,
                const caf::error& why) {
    each_subscriber([&](const caf::actor& who, std::uint64_t) {
      post_to(who, training_ended{last, why});
    });
    if (why)
      to.deliver(why);
    else
      to.deliver(last);
  }

  template <class F>
  void each_subscriber(F f) {
    forget([](const auto& who) { return !who; });
    for (const auto& x : subscriptions)
      if (auto who = caf::actor_cast<caf::actor>(x.who))
        f(who, x.every);
  }

  template <class Predicate>
  void forget(Predicate gone) {
    std::erase_if(subscriptions, [&](const subscription& x) {
      return gone(caf::actor_cast<caf::actor>(x.who));
    });
  }

  trainer_inside::pointer self;
  engine_actor engine;
  network net;
  std::vector<subscription> subscriptions;
  std::optional<training_run> run;
  /// It is over, but for what the engine says of the weights.
  bool ending = false;
  /// An epoch is over, and it is not decided yet how to go on.
  bool asking = false;
  /// It is, and the keeper is not through with those before.
  bool waiting = false;
  /// Tells answers of one training from those of the one before.
  std::uint64_t runs = 0;
  caf::typed_response_promise<progress> answer;

  static inline const char* name = "ganglion.trainer";
};

} // namespace

trainer_actor spawn_trainer(caf::actor_system& sys, engine_actor engine,
                            network net) {
  using actor = caf::stateful_actor<trainer_state, trainer_inside::base>;
  return sys.spawn<actor, caf::detached>(std::move(engine), std::move(net));
}

} // namespace ganglion
