#include "runtime/training/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "actors/kernel/loss.hpp"
#include "metadata/layers/row_layout.hpp"
#include "metadata/values/not_finite.hpp"
#include "runtime/ask.hpp"

namespace ganglion {

namespace {

/// Samples per inference.
constexpr std::size_t chunk_rows = 4096;

/// Rows of windows that are asked at once, and scores of tokens that come back:
/// 64 MiB.
constexpr std::size_t window_rows = 4096;
constexpr std::size_t window_values = std::size_t{1} << 24;

/// Asks about all windows of a text, in their order.
class text_evaluation {
public:
  text_evaluation(caf::scoped_actor& self, const engine_actor& engine,
                  const dataset& data, loss_kind loss)
    : self_(self), engine_(engine), data_(data), loss_(loss) {
    // nop
  }

  caf::expected<evaluation> run() {
    const auto& all = data_.windows;
    auto rows = std::min(window_rows, window_values / data_.classes);
    auto at_once = std::max<std::size_t>(rows / all.context(), 1);
    std::vector<std::uint32_t> numbers;
    for (std::size_t i = 0; i < all.all(); i += numbers.size()) {
      numbers.resize(std::min(at_once, all.all() - i));
      std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(i));
      auto err = whole() ? ask_about(all.rows(numbers, 0))
                         : ask_in_pieces(all.rows(numbers, 0, aside));
      if (err)
        return err;
    }
    result_.loss
      = sum_ / static_cast<double>(std::max<std::uint64_t>(result_.tokens, 1));
    return std::move(result_);
  }

private:
  /// The conversation of windows that are cut: no other has its number.
  static constexpr std::uint64_t aside = first_own_conversation - 1;

  /// Whether the engine, which cuts what it is asked, cuts no window.
  [[nodiscard]] bool whole() const {
    return inference_rows % data_.windows.context() == 0;
  }

  caf::error ask_in_pieces(const labelled_rows& x) {
    for (std::size_t i = 0; i < x.samples.rows(); i += inference_rows) {
      auto count = std::min<std::size_t>(inference_rows, x.samples.rows() - i);
      if (auto err = ask_about(
            {x.samples.rows(i, count), x.labels.rows(i, count)}))
        return err;
    }
    return {};
  }

  caf::error ask_about(const labelled_rows& x) {
    auto answer = ask<inference>(self_, engine_, infer{x.samples});
    if (!answer)
      return answer.error();
    auto rows = answer->outputs.rows();
    auto part = evaluate_loss(loss_, answer->outputs, x.labels, rows);
    if (!part)
      return part.error();
    sum_ += part->loss_sum;
    result_.tokens += rows;
    result_.not_finite += count_not_finite(answer->outputs);
    return {};
  }

  caf::scoped_actor& self_;
  const engine_actor& engine_;
  const dataset& data_;
  loss_kind loss_;
  double sum_ = 0;
  evaluation result_;
};

caf::expected<evaluation> evaluate_text(caf::scoped_actor& self,
                                        const engine_actor& engine,
                                        const dataset& data, loss_kind loss) {
  return text_evaluation{self, engine, data, loss}.run();
}

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
  if (data.is_text())
    return evaluate_text(self, engine, data,
                         loss.value_or(loss_kind::cross_entropy));
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
  if (x.accuracy)
    return fmt::format("accuracy {:.2f} %", 100 * *x.accuracy);
  return x.tokens > 0 ? fmt::format("perplexity {:.2f}", perplexity(*x.loss))
                      : "";
}

double perplexity(double loss) {
  return std::exp(loss);
}

} // namespace ganglion
