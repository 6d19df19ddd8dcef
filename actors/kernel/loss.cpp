#include "actors/kernel/loss.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

using row_span = std::span<const float>;

bool is_class(float x, std::size_t width) {
  return x >= 0 && x < static_cast<float>(width) && x == std::floor(x);
}

/// Loss of one sample; writes (softmax - one-hot) * scale.
double cross_entropy_row(row_span out, std::size_t label, float scale,
                         float* gradient) {
  auto largest = out[0];
  for (auto x : out)
    largest = std::max(largest, x);
  float sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    gradient[i] = std::exp(out[i] - largest);
    sum += gradient[i];
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    gradient[i] = (gradient[i] / sum - (i == label ? 1.0f : 0.0f)) * scale;
  return static_cast<double>(std::log(sum) - (out[label] - largest));
}

/// Mean of squares of one sample; writes 2 * (y - t) * scale / width.
template <class Target>
double squared_error_row(row_span out, Target target, float scale,
                         float* gradient) {
  auto width = static_cast<float>(out.size());
  double sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto difference = out[i] - target(i);
    sum += static_cast<double>(difference) * static_cast<double>(difference);
    gradient[i] = 2.0f * difference / width * scale;
  }
  return sum / static_cast<double>(out.size());
}

double loss_row(loss_kind kind, row_span out, row_span wanted, float scale,
                float* gradient) {
  auto label = static_cast<std::size_t>(wanted[0]);
  if (kind == loss_kind::cross_entropy)
    return cross_entropy_row(out, label, scale, gradient);
  if (wanted.size() == out.size())
    return squared_error_row(
      out, [&](std::size_t i) { return wanted[i]; }, scale, gradient);
  return squared_error_row(
    out, [&](std::size_t i) { return i == label ? 1.0f : 0.0f; }, scale,
    gradient);
}

bool is_correct(row_span out, row_span wanted) {
  auto target = wanted.size() == out.size() && out.size() > 1
                  ? argmax(wanted)
                  : static_cast<std::uint64_t>(wanted[0]);
  return argmax(out) == target;
}

} // namespace

caf::error check_targets(loss_kind kind, std::uint64_t width,
                         const tensor& wanted) {
  if (wanted.columns() == width && kind == loss_kind::mean_squared_error)
    return {};
  if (wanted.columns() != 1)
    return make_failure(
      errc::bad_data,
      fmt::format("targets of {} values do not fit a network with {} outputs "
                  "and the loss {}",
                  wanted.columns(), width, to_string(kind)));
  for (std::size_t i = 0; i < wanted.rows(); ++i)
    if (!is_class(wanted.row(i)[0], width))
      return make_failure(
        errc::bad_data,
        fmt::format("target {} of sample {} is none of the {} classes of the "
                    "network, which are numbered from 0",
                    wanted.row(i)[0], i, width));
  return {};
}

caf::expected<loss_result> evaluate_loss(loss_kind kind, const tensor& outputs,
                                         const tensor& wanted,
                                         std::uint64_t batch) {
  if (wanted.rows() != outputs.rows())
    return make_failure(
      errc::bad_data,
      fmt::format("{} targets for {} samples", wanted.rows(), outputs.rows()));
  if (auto err = check_targets(kind, outputs.columns(), wanted))
    return err;
  loss_result result;
  matrix gradient{outputs.rows(), outputs.columns()};
  auto scale = 1.0f / static_cast<float>(batch);
  for (std::size_t i = 0; i < outputs.rows(); ++i) {
    auto out = outputs.row(i);
    result.loss_sum += loss_row(kind, out, wanted.row(i), scale,
                                gradient.row(i).data());
    result.correct += is_correct(out, wanted.row(i));
  }
  result.gradient = std::move(gradient).freeze();
  return result;
}

std::uint64_t argmax(std::span<const float> row) noexcept {
  std::uint64_t result = 0;
  for (std::size_t i = 1; i < row.size(); ++i)
    if (row[i] > row[result])
      result = i;
  return result;
}

} // namespace ganglion
