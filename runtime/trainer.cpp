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
  training_run(session& on, const trainer_options& options,
               const progress_observer& observer)
    : on_(on), options_(options), observer_(observer) {
    // nop
  }

  caf::error epoch(const dataset& data) {
    auto count = static_cast<std::uint32_t>(data.size());
    auto order = permutation(options_.seed, now_.epoch++, count);
    loss_sum_ = 0;
    correct_ = samples_ = 0;
    auto rows = std::span<const std::uint32_t>{order};
    while (!rows.empty() && !enough(pending_.size())) {
      auto batch = rows.first(
        std::min<std::size_t>(options_.batch, rows.size()));
      rows = rows.subspan(batch.size());
      pending_.push_back(request_from(
        on_.self().ptr(), on_.engine(), caf::infinite,
        train_step{gather(data.samples, batch), gather(data.labels, batch)}));
      if (pending_.size() >= steps_ahead)
        if (auto err = take())
          return err;
    }
    while (!pending_.empty())
      if (auto err = take())
        return err;
    return {};
  }

  [[nodiscard]] bool enough(std::size_t ahead = 0) const {
    return options_.steps > 0 && now_.step + ahead >= options_.steps;
  }

  progress now_;

private:
  using handle = decltype(request_from(
    std::declval<caf::scoped_actor&>().ptr(), std::declval<engine_actor>(),
    caf::infinite, std::declval<train_step>()));

  caf::error take() {
    auto request = std::move(pending_.front());
    pending_.pop_front();
    auto report = await<step_report>(std::move(request));
    if (!report)
      return report.error();
    auto count = static_cast<double>(report->samples);
    loss_sum_ += report->loss * count;
    correct_ += report->correct;
    samples_ += report->samples;
    all_samples_ += report->samples;
    std::chrono::duration<double> time = clock::now() - began_;
    now_.step = report->step;
    now_.loss = loss_sum_ / static_cast<double>(samples_);
    now_.accuracy = static_cast<double>(correct_)
                    / static_cast<double>(samples_);
    now_.samples_per_second = static_cast<double>(all_samples_) / time.count();
    if (observer_ && !observer_(now_))
      return make_failure(errc::cancelled, "the training was interrupted");
    return {};
  }

  session& on_;
  const trainer_options& options_;
  const progress_observer& observer_;
  std::deque<handle> pending_;
  clock::time_point began_ = clock::now();
  double loss_sum_ = 0;
  std::uint64_t correct_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t all_samples_ = 0;
};

} // namespace

caf::expected<progress> train(session& on, const dataset& data,
                              const trainer_options& options,
                              const progress_observer& observer) {
  if (auto err = check_fits(on.net(), data, options.batch))
    return err;
  training_run run{on, options, observer};
  auto per_epoch = (data.size() + options.batch - 1) / options.batch;
  run.now_.steps = per_epoch * options.epochs;
  if (options.steps > 0)
    run.now_.steps = options.steps;
  for (std::uint32_t i = 0;
       (options.steps > 0 || i < options.epochs) && !run.enough(); ++i)
    if (auto err = run.epoch(data))
      return err;
  return run.now_;
}

caf::expected<evaluation> evaluate(session& on, const dataset& data) {
  evaluation result;
  std::uint64_t correct = 0;
  for (std::size_t first = 0; first < data.size(); first += chunk_rows) {
    auto rows = std::min(chunk_rows, data.size() - first);
    auto answer = on.ask<inference>(infer{data.samples.rows(first, rows)});
    if (!answer)
      return answer.error();
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
