#include "runtime/training/evaluate.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "actors/kernel/loss.hpp"
#include "metadata/not_finite.hpp"
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

} // namespace

caf::expected<evaluation> evaluate(caf::scoped_actor& self,
                                   const engine_actor& engine,
                                   const dataset& data,
                                   const outputs_observer& observer,
                                   std::optional<loss_kind> loss) {
  evaluation result;
  double loss_sum = 0;
  std::uint64_t correct = 0;
  value_sums sums{data.values > 0 ? data.labels : tensor{}};
  for (std::size_t first = 0; first < data.size(); first += chunk_rows) {
    auto rows = std::min(chunk_rows, data.size() - first);
    auto answer = ask<inference>(self, engine,
                                 infer{data.samples.rows(first, rows)});
    if (!answer)
      return answer.error();
    if (observer)
      observer(first, answer->outputs);
    if (loss && data.labelled()) {
      auto part = evaluate_loss(*loss, answer->outputs,
                                data.labels.rows(first, rows), rows);
      if (!part)
        return part.error();
      loss_sum += part->loss_sum;
    }
    result.not_finite += count_not_finite(answer->outputs);
    for (std::size_t r = 0; r < rows; ++r) {
      auto outputs = answer->outputs.row(r);
      if (data.values > 0) {
        if (data.labelled())
          sums.add(outputs, data.labels.row(first + r));
        continue;
      }
      auto predicted = argmax(outputs);
      result.predictions.push_back(static_cast<std::uint32_t>(predicted));
      correct += data.labelled()
                 && static_cast<float>(predicted)
                      == data.labels.row(first + r)[0];
    }
  }
  if (loss && data.labelled())
    result.loss = loss_sum
                  / static_cast<double>(std::max<std::size_t>(data.size(), 1));
  if (data.values > 0 && data.labelled())
    result.errors = sums.result();
  else if (data.labelled())
    result.accuracy = static_cast<double>(correct)
                      / static_cast<double>(
                        std::max<std::size_t>(data.size(), 1));
  return result;
}

std::string to_text(const evaluation& x) {
  if (x.errors)
    return fmt::format("mean error {:.4g}, R^2 {:.4f}", x.errors->mean_absolute,
                       x.errors->r_squared);
  return x.accuracy ? fmt::format("accuracy {:.2f} %", 100 * *x.accuracy) : "";
}

} // namespace ganglion
