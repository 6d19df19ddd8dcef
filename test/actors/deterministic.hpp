// An actor system whose actors take turns on the test's own thread, when the
// test says so: no message is handled before. Its witnesses keep what they are
// sent, beside the actor that is tested. What differs between CAF's versions is
// here. Not for what has threads or clocks of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/expected.hpp>
#include <caf/send.hpp>
#include <caf/timespan.hpp>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/messages/local_messages.hpp"
#include "metadata/messages/messages.hpp"

#if CAF_MAJOR_VERSION >= 1
#  include <deque>

#  include <caf/detail/actor_system_access.hpp>
#  include <caf/resumable.hpp>
#  include <caf/scheduler.hpp>
#else
#  include <caf/scheduler/test_coordinator.hpp>
#endif

namespace ganglion {

#if CAF_MAJOR_VERSION >= 1

/// What 0.18 calls its test coordinator. 1.x has that for itself alone, and a
/// fixture in a library that wants its own framework of tests.
class turn_scheduler : public caf::scheduler {
public:
  void schedule(caf::resumable* x) override {
    jobs.push_back(x);
  }

  void delay(caf::resumable* x) override {
    jobs.push_back(x);
  }

  void start() override {
    // nop
  }

  void stop() override {
    while (try_run_once())
      ; // nobody may be left
  }

  bool try_run_once() {
    if (jobs.empty())
      return false;
    auto job = jobs.front();
    jobs.pop_front();
    auto then = job->resume(this, 1);
    if (then == caf::resumable::resume_later)
      jobs.push_front(job);
    else if (then != caf::resumable::shutdown_execution_unit)
      caf::intrusive_ptr_release(job);
    return true;
  }

  std::deque<caf::resumable*> jobs;
};

class turn_system : public caf::actor_system {
public:
  explicit turn_system(caf::actor_system_config& config)
    : caf::actor_system(config, set_up, nullptr) {
    // nop
  }

private:
  static void set_up(caf::actor_system& sys, caf::actor_system_config&, void*) {
    caf::detail::actor_system_access{sys}.scheduler(
      std::make_unique<turn_scheduler>());
  }
};

#else

using turn_scheduler = caf::scheduler::test_coordinator;
using turn_system = caf::actor_system;

#endif

/// What somebody was sent, by type, in the order in which it came.
template <class... Ts>
class letters_of {
public:
  template <class T>
  [[nodiscard]] const std::vector<T>& of() const {
    return std::get<std::vector<T>>(all_);
  }

  /// Of all types.
  [[nodiscard]] std::size_t count() const {
    return (of<Ts>().size() + ...);
  }

  void clear() {
    (std::get<std::vector<Ts>>(all_).clear(), ...);
  }

  static caf::behavior keep_in(const std::shared_ptr<letters_of>& to) {
    return caf::behavior{keeper<Ts>{to}...};
  }

private:
  template <class T>
  struct keeper {
    void operator()(const T& x) {
      std::get<std::vector<T>>(to->all_).push_back(x);
    }

    std::shared_ptr<letters_of> to;
  };

  std::tuple<std::vector<Ts>...> all_;
};

using letters = letters_of<activation, tick_values, gradient, outputs,
                           loss_report, flow_done, group_ready, group_squares,
                           snapshot, part_failed, run_failed>;

/// An actor that only keeps what it gets.
struct witness {
  caf::actor actor;
  std::shared_ptr<letters> got;
};

class deterministic {
public:
  deterministic() = default;

  deterministic(const deterministic&) = delete;
  deterministic& operator=(const deterministic&) = delete;

  /// Actors refer to each other, so all are told to end.
  ~deterministic() {
    for (const auto& x : spawned_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    spawned_.clear();
    run();
  }

  template <class Actor, class... Ts>
  caf::actor spawn(Ts&&... xs) {
    spawned_.push_back(system_.spawn<Actor>(std::forward<Ts>(xs)...));
    return spawned_.back();
  }

  witness make_witness() {
    auto got = std::make_shared<letters>();
    spawned_.push_back(
      system_.spawn([got](caf::event_based_actor*) -> caf::behavior {
        return letters::keep_in(got);
      }));
    return {spawned_.back(), got};
  }

  /// How many actors wait for their turn.
  [[nodiscard]] std::size_t waiting() {
    return turns().jobs.size();
  }

  /// One actor handles one message: of those that wait, this one.
  bool run_once(std::size_t which = 0) {
    auto& jobs = turns().jobs;
    if (which < jobs.size())
      std::swap(jobs.front(), jobs[which]);
    return turns().try_run_once();
  }

  /// Until all messages are handled.
  void run() {
    while (run_once())
      ;
  }

  /// Has an actor answer a request, and all that goes with it.
  template <class Answer, class Request>
  caf::expected<Answer> ask(const caf::actor& whom, Request x) {
    auto result = std::make_shared<caf::expected<Answer>>(
      make_failure(errc::stalled, "there is no answer"));
    system_.spawn([=](caf::event_based_actor* self) {
      request_from(self, whom, caf::infinite, x)
        .then([=](const Answer& y) { *result = y; },
              [=](const caf::error& why) { *result = why; });
    });
    run();
    return *result;
  }

private:
  static caf::actor_system_config& configured(caf::actor_system_config& x) {
    x.set("caf.scheduler.policy", "testing");
    return x;
  }

  turn_scheduler& turns() {
    return dynamic_cast<turn_scheduler&>(system_.scheduler());
  }

  caf::actor_system_config config_;
  turn_system system_{configured(config_)};
  std::vector<caf::actor> spawned_;
};

} // namespace ganglion
