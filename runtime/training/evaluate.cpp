#include "runtime/training/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "actors/kernel/loss.hpp"
#include "metadata/values/not_finite.hpp"
#include "runtime/ask.hpp"

namespace ganglion {

namespace {

/// Samples per inference.
constexpr std::size_t chunk_rows = 4096;

/// Adds up, in the order of the samples.
class value_sums {
public:
  explicit value_sums(const tensor& targets) : means_(targets.columns()) {
    for (std::size_t r = 0; r < targets.rows(); ++r)
      for (std::size_t i = 0; i < means_.size(); ++i)
        means_[i] += double{targets.row(r)[i]}
                     / static_cast<double>(targets.rows());
  }

  void add(std::span<const float> answer, std::span<const float> target) {
    for (std::size_t i = 0; i < target.size(); ++i) {
      auto difference = double{answer[i]} - target[i];
      auto spread = double{target[i]} - means_[i];
      absolute_ += std::fabs(difference);
      squares_ += difference * difference;
      spreads_ += spread * spread;
      ++count_;
    }
  }

  [[nodiscard]] value_errors result() const {
    auto count = static_cast<double>(std::max<std::uint64_t>(count_, 1));
    return {one_nan(absolute_ / count), one_nan(std::sqrt(squares_ / count)),
            one_nan(1 - squares_ / spreads_)};
  }

private:
  std::vector<double> means_;
  double absolute_ = 0;
  double squares_ = 0;
  double spreads_ = 0;
  std::uint64_t count_ = 0;
};

/// What the rows seen so far amount to.
class evaluation_sums {
public:
  evaluation_sums(const dataset& data, std::optional<loss_kind> loss)
    : data_(data),
      loss_(loss),
      values_{data.values > 0 ? data.labels : tensor{}} {
    // nop
  }

  /// Takes the outputs of the rows from `first` on.
  caf::error add(std::size_t first, const tensor& outputs) {
    if (loss_ && data_.labelled()) {
      auto part = evaluate_loss(*loss_, outputs,
                                data_.labels.rows(first, outputs.rows()),
                                outputs.rows());
      if (!part)
        return part.error();
      loss_sum_ += part->loss_sum;
    }
    result_.not_finite += count_not_finite(outputs);
    for (std::size_t r = 0; r < outputs.rows(); ++r)
      add_row(first + r, outputs.row(r));
    return {};
  }

  evaluation result() && {
    auto rows = static_cast<double>(std::max<std::size_t>(data_.size(), 1));
    if (loss_ && data_.labelled())
      result_.loss = loss_sum_ / rows;
    if (data_.values > 0 && data_.labelled())
      result_.errors = values_.result();
    else if (data_.labelled())
      result_.accuracy = static_cast<double>(correct_) / rows;
    return std::move(result_);
  }

private:
  void add_row(std::size_t row, std::span<const float> outputs) {
    if (data_.values > 0) {
      if (data_.labelled())
        values_.add(outputs, data_.labels.row(row));
      return;
    }
    auto predicted = argmax(outputs);
    result_.predictions.push_back(static_cast<std::uint32_t>(predicted));
    correct_ += data_.labelled()
                && static_cast<float>(predicted) == data_.labels.row(row)[0];
  }

  const dataset& data_;
  std::optional<loss_kind> loss_;
  evaluation result_;
  double loss_sum_ = 0;
  std::uint64_t correct_ = 0;
  value_sums values_;
};

} // namespace

caf::expected<evaluation> evaluate(caf::scoped_actor& self,
                                   const engine_actor& engine,
                                   const dataset& data,
                                   const outputs_observer& observer,
                                   std::optional<loss_kind> loss) {
  evaluation_sums sums{data, loss};
  for (std::size_t first = 0; first < data.size(); first += chunk_rows) {
    auto rows = std::min(chunk_rows, data.size() - first);
    auto answer = ask<inference>(self, engine,
                                 infer{data.samples.rows(first, rows)});
    if (!answer)
      return answer.error();
    if (observer)
      observer(first, answer->outputs);
    if (auto err = sums.add(first, answer->outputs))
      return err;
  }
  return std::move(sums).result();
}

std::string to_text(const evaluation& x) {
  if (x.errors)
    return fmt::format("mean error {:.4g}, R^2 {:.4f}", x.errors->mean_absolute,
                       x.errors->r_squared);
  return x.accuracy ? fmt::format("accuracy {:.2f} %", 100 * *x.accuracy) : "";
}

} // namespace ganglion
