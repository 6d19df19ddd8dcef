// One training of a trainer: which steps are to be asked for next, in which
// order samples come, and the sums over what was reported. For the trainer
// alone; plain data that sends nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <caf/error.hpp>

#include "metadata/messages/engine_messages.hpp"
#include "runtime/training/trainer_messages.hpp"

namespace ganglion {

class training_run {
public:
  training_run(const dataset& data, const trainer_options& options);

  /// No more steps after the next one, which is kept; none at all where no
  /// steps are kept.
  void stop() {
    stopping_ = true;
    ended_ = ended_ || !options_.keeper;
  }

  /// Whether there is a next step and the engine has not enough to do.
  [[nodiscard]] bool may_send() const;

  [[nodiscard]] bool over() const {
    auto dropped = stopping_ && !options_.keeper;
    return all_sent() && (dropped || (pending_.empty() && !held_));
  }

  /// Whether all of an epoch is done, and somebody is to decide how to go on.
  [[nodiscard]] bool epoch_is_over() const {
    return held_ && pending_.empty();
  }

  /// Goes on after an epoch, or ends there.
  void decide(const epoch_decision& x);

  [[nodiscard]] bool stopped() const noexcept {
    return stopping_;
  }

  [[nodiscard]] const trainer_options& options() const noexcept {
    return options_;
  }

  [[nodiscard]] const progress& now() const noexcept {
    return now_;
  }

  /// A step, and the number under which its report is to be given to `take`.
  struct numbered_step {
    std::uint64_t number = 0;
    train_step what;
  };

  numbered_step next();

  /// Takes a report; calls `tell` for each step that is through, in order.
  /// Errors: those of the keeper.
  template <class Tell>
  caf::error take(std::uint64_t number, const step_report& report, Tell tell) {
    pending_[number - first_].report = report;
    while (!pending_.empty() && pending_.front().report) {
      auto step = pending_.front();
      pending_.pop_front();
      ++first_;
      if (auto err = add(step))
        return err;
      tell();
    }
    return {};
  }

private:
  using clock = std::chrono::steady_clock;

  /// A step that was not reported yet, or waits for one before it.
  struct pending_step {
    std::optional<step_report> report;
    train_position after;
    std::uint64_t epoch = 0;
    bool keep = false;
    /// Nothing more goes out before somebody has decided.
    bool holds = false;
  };

  [[nodiscard]] bool all_sent() const {
    return ended_ || sent_.steps >= now_.steps;
  }

  /// Whether somebody is to decide how to go on after it, whatever the epoch.
  [[nodiscard]] bool is_judged(std::uint64_t step) const;
  void shuffle();
  caf::error add(const pending_step& step);
  void add_to_sums(const step_report& x);
  /// How fast it is, and how much longer it takes.
  void measure_time(std::uint64_t step);
  void keep(const pending_step& step);

  dataset data_;
  trainer_options options_;
  /// After the last step that went out.
  train_position sent_;
  /// The samples of the epoch of `sent_`.
  std::vector<std::uint32_t> order_;
  /// Of a text's windows, in this epoch.
  std::uint64_t shift_ = 0;
  progress now_;
  std::deque<pending_step> pending_;
  /// The number of pending_.front().
  std::uint64_t first_ = 0;
  bool stopping_ = false;
  /// Nothing more goes out.
  bool ended_ = false;
  /// Nor before somebody has decided.
  bool held_ = false;
  /// The last step of the epoch, where it is kept.
  std::optional<step_results> undecided_;
  float chosen_rate_ = 0;
  clock::time_point began_ = clock::now();
  clock::time_point held_since_;
  double loss_sum_ = 0;
  std::uint64_t correct_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t all_samples_ = 0;
  /// Since the last step that was kept.
  double unkept_loss_ = 0;
  std::uint64_t unkept_ = 0;
};

} // namespace ganglion
