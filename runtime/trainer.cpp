#include "runtime/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <span>
#include <utility>

#include "actors/kernel/loss.hpp"
#include "actors/kernel/shuffle.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Steps that wait in the engine, so that it never waits for the next batch.
constexpr std::size_t steps_ahead = 3;

/// Samples per inference.
constexpr std::size_t chunk_rows = 4096;

using clock = std::chrono::steady_clock;

/// Sums of one epoch, and what was told of it.
class training_run {
public:
  training_run(session& on, const dataset& data, const trainer_options& options,
               const progress_observer& observer)
    : on_(on),
      data_(data),
      options_(options),
      observer_(observer),
      sent_(options.begin) {
    auto per_epoch = (data.size() + options.batch - 1) / options.batch;
    now_.step = sent_.steps;
    now_.steps = options.steps > 0 ? options.steps : per_epoch * options.epochs;
  }

  caf::expected<progress> run() {
    while (sent_.steps < now_.steps && !ended_)
      if (auto err = epoch())
        return err;
    if (stopping_)
      return interrupted();
    return now_;
  }

private:
  using handle = decltype(request_from(
    std::declval<caf::scoped_actor&>().ptr(), std::declval<engine_actor>(),
    caf::infinite, std::declval<train_step>()));

  struct pending_step {
    handle report;
    train_position after;
    bool keep = false;
  };

  static caf::error interrupted() {
    return make_failure(errc::cancelled, "the training was interrupted");
  }

  caf::error epoch() {
    auto order = permutation(options_.seed,
                             static_cast<std::uint32_t>(sent_.epoch),
                             static_cast<std::uint32_t>(data_.size()));
    now_.epoch = static_cast<std::uint32_t>(sent_.epoch) + 1;
    loss_sum_ = 0;
    correct_ = samples_ = 0;
    auto rows = std::span<const std::uint32_t>{order}.subspan(sent_.samples);
    while (!rows.empty() && sent_.steps < now_.steps && !ended_) {
      auto batch = rows.first(
        std::min<std::size_t>(options_.batch, rows.size()));
      rows = rows.subspan(batch.size());
      send(batch, rows.empty());
      if (pending_.size() >= steps_ahead)
        if (auto err = take())
          return err;
    }
    while (!pending_.empty())
      if (auto err = take())
        return err;
    return {};
  }

  void send(std::span<const std::uint32_t> batch, bool epoch_ends) {
    ++sent_.steps;
    sent_.samples += batch.size();
    if (epoch_ends)
      sent_ = {sent_.steps, sent_.epoch + 1, 0};
    ended_ = stopping_ || sent_.steps == now_.steps;
    auto keep = options_.keeper
                && options_.keeper->wants(sent_, epoch_ends, ended_);
    pending_.push_back(
      {request_from(on_.self().ptr(), on_.engine(), caf::infinite,
                    train_step{gather(data_.samples, batch),
                               gather(data_.labels, batch), keep}),
       sent_, keep});
  }

  caf::error take() {
    auto step = std::move(pending_.front());
    pending_.pop_front();
    auto report = await<step_report>(std::move(step.report));
    if (!report)
      return report.error();
    add(*report);
    if (step.keep)
      options_.keeper->done(step.after,
                            unkept_loss_ / static_cast<double>(unkept_));
    if (step.keep)
      unkept_loss_ = 0, unkept_ = 0;
    if (options_.keeper)
      if (auto err = options_.keeper->check())
        return err;
    if (observer_ && !observer_(now_))
      stopping_ = true;
    return stopping_ && !options_.keeper ? interrupted() : caf::error{};
  }

  void add(const step_report& x) {
    auto count = static_cast<double>(x.samples);
    loss_sum_ += x.loss * count;
    unkept_loss_ += x.loss * count;
    unkept_ += x.samples;
    correct_ += x.correct;
    samples_ += x.samples;
    all_samples_ += x.samples;
    std::chrono::duration<double> time = clock::now() - began_;
    now_.step = x.step;
    now_.loss = loss_sum_ / static_cast<double>(samples_);
    now_.accuracy = static_cast<double>(correct_)
                    / static_cast<double>(samples_);
    now_.samples_per_second = static_cast<double>(all_samples_) / time.count();
  }

  session& on_;
  const dataset& data_;
  const trainer_options& options_;
  const progress_observer& observer_;
  /// After the last step that went out.
  train_position sent_;
  progress now_;
  std::deque<pending_step> pending_;
  /// Interrupted: one more step, and that is all.
  bool stopping_ = false;
  bool ended_ = false;
  clock::time_point began_ = clock::now();
  double loss_sum_ = 0;
  std::uint64_t correct_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t all_samples_ = 0;
  /// Since the last step that was kept.
  double unkept_loss_ = 0;
  std::uint64_t unkept_ = 0;
};

} // namespace

caf::expected<progress> train(session& on, const dataset& data,
                              const trainer_options& options,
                              const progress_observer& observer) {
  if (auto err = check_fits(on.net(), data, options.batch))
    return err;
  return training_run{on, data, options, observer}.run();
}

caf::expected<evaluation> evaluate(session& on, const dataset& data,
                                   const outputs_observer& observer) {
  evaluation result;
  std::uint64_t correct = 0;
  for (std::size_t first = 0; first < data.size(); first += chunk_rows) {
    auto rows = std::min(chunk_rows, data.size() - first);
    auto answer = on.ask<inference>(infer{data.samples.rows(first, rows)});
    if (!answer)
      return answer.error();
    if (observer)
      observer(first, answer->outputs);
    for (std::size_t r = 0; r < rows; ++r) {
      auto predicted = argmax(answer->outputs.row(r));
      result.predictions.push_back(static_cast<std::uint32_t>(predicted));
      auto label = static_cast<std::uint64_t>(data.labels.row(first + r)[0]);
      correct += predicted == label ? 1 : 0;
    }
  }
  result.accuracy = static_cast<double>(correct)
                    / static_cast<double>(
                      std::max<std::size_t>(data.size(), 1));
  return result;
}

} // namespace ganglion
