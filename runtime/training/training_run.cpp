#include "runtime/training/training_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "actors/kernel/shuffle.hpp"
#include "metadata/error.hpp"
#include "runtime/training/schedule.hpp"

namespace ganglion {

namespace {

/// Steps that wait in the engine, so that it never waits for the next batch.
constexpr std::size_t steps_ahead = 3;

} // namespace

training_run::training_run(const dataset& data, const trainer_options& options)
  : data_(data), options_(options), sent_(options.begin) {
  auto per_epoch = updates_per_epoch(data_.size(), options_.batch);
  now_.step = sent_.steps;
  now_.steps = options_.steps > 0 ? options_.steps
                                  : per_epoch * options_.epochs;
  if (!all_sent())
    shuffle();
}

bool training_run::may_send() const {
  return !all_sent() && !held_ && pending_.size() < steps_ahead;
}

training_run::numbered_step training_run::next() {
  auto rows = std::span<const std::uint32_t>{order_}.subspan(sent_.samples);
  auto batch = rows.first(std::min<std::size_t>(options_.batch, rows.size()));
  auto epoch = sent_.epoch;
  auto epoch_ends = batch.size() == rows.size();
  ++sent_.steps;
  sent_.samples += batch.size();
  if (epoch_ends)
    sent_ = {sent_.steps, sent_.epoch + 1, 0};
  ended_ = stopping_ || sent_.steps >= now_.steps;
  held_ = options_.after_epoch && (epoch_ends || is_judged(sent_.steps));
  auto keep = options_.keeper
              && options_.keeper->wants(sent_, epoch_ends, ended_ || held_);
  auto number = first_ + pending_.size();
  pending_.push_back({std::nullopt, sent_, epoch, keep, held_});
  auto picked = rows_of(data_, batch, shift_);
  train_step what{std::move(picked.samples), std::move(picked.labels), keep};
  if (epoch_ends && !ended_)
    shuffle();
  return {number, std::move(what)};
}

bool training_run::is_judged(std::uint64_t step) const {
  auto every = options_.judge_every;
  return every > 0 && !stopping_ && (step % every == 0 || step == now_.steps);
}

void training_run::shuffle() {
  shift_ = data_.windows.shift(options_.seed, sent_.epoch);
  order_ = permutation(options_.seed, static_cast<std::uint32_t>(sent_.epoch),
                       static_cast<std::uint32_t>(data_.size()));
}

caf::error training_run::add(const pending_step& step) {
  const auto& x = *step.report;
  if (now_.epoch != step.epoch + 1) {
    now_.epoch = static_cast<std::uint32_t>(step.epoch) + 1;
    loss_sum_ = 0;
    correct_ = samples_ = 0;
  }
  add_to_sums(x);
  measure_time(x.step);
  now_.step = x.step;
  now_.step_loss = x.loss;
  now_.loss = loss_sum_ / static_cast<double>(samples_);
  now_.accuracy = data_.values > 0 || data_.is_text()
                    ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(correct_)
                        / static_cast<double>(samples_);
  if (options_.when_it_diverges == on_nan::stop && !std::isfinite(x.loss))
    return make_failure(
      errc::diverged, fmt::format("the loss is {} at step {}", x.loss, x.step));
  if (step.holds)
    held_since_ = clock::now();
  if (step.keep)
    keep(step);
  return options_.keeper ? options_.keeper->check() : caf::error{};
}

void training_run::add_to_sums(const step_report& x) {
  auto count = static_cast<double>(x.samples);
  loss_sum_ += x.loss * count;
  unkept_loss_ += x.loss * count;
  unkept_ += x.samples;
  correct_ += x.correct;
  samples_ += x.samples;
  all_samples_ += x.samples;
}

void training_run::measure_time(std::uint64_t step) {
  std::chrono::duration<double> time = clock::now() - began_;
  auto done = step - std::min(step, options_.begin.steps);
  auto left = now_.steps - std::min(step, now_.steps);
  now_.seconds_left = time.count() * static_cast<double>(left)
                      / static_cast<double>(std::max<std::uint64_t>(done, 1));
  now_.samples_per_second = static_cast<double>(all_samples_) / time.count();
}

void training_run::keep(const pending_step& step) {
  step_results results;
  results.after = step.after;
  results.loss = unkept_loss_ / static_cast<double>(unkept_);
  results.chosen_rate = chosen_rate_;
  unkept_loss_ = 0, unkept_ = 0;
  if (step.holds)
    undecided_ = results;
  else
    options_.keeper->done(results);
}

void training_run::decide(const epoch_decision& x) {
  held_ = false;
  // That time was not spent on samples.
  began_ += clock::now() - held_since_;
  ended_ = ended_ || stopping_ || x.stop;
  if (undecided_) {
    undecided_->validation = x.validation;
    options_.keeper->done(*undecided_);
    undecided_.reset();
  }
  if (x.learning_rate > 0)
    chosen_rate_ = x.learning_rate;
}

} // namespace ganglion
