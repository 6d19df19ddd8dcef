#include "actors/kernel/loss.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "actors/kernel/functions/functions.hpp"
#include "metadata/error.hpp"
#include "metadata/values/not_finite.hpp"

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
  for (std::size_t i = 0; i < out.size(); ++i)
    gradient[i] = out[i] - largest;
  apply(lane_function::exp, gradient, gradient, out.size());
  auto sum = static_cast<float>(
    std::accumulate(gradient, gradient + out.size(), 0.0));
  for (std::size_t i = 0; i < out.size(); ++i)
    gradient[i] = (gradient[i] / sum - (i == label ? 1.0f : 0.0f)) * scale;
  return static_cast<double>(apply(lane_function::log, sum)
                             - (out[label] - largest));
}

/// d * d, and its derivative.
struct squared_error {
  static double value(float d) {
    return static_cast<double>(d) * static_cast<double>(d);
  }
  static float slope(float d) {
    return 2.0f * d;
  }
};

/// |d|, whose derivative at 0 is taken as 0.
struct absolute_error {
  static double value(float d) {
    return std::fabs(static_cast<double>(d));
  }
  static float slope(float d) {
    return d > 0 ? 1.0f : d < 0 ? -1.0f : d;
  }
};

/// d * d / 2 up to 1, |d| - 1/2 beyond.
struct huber_error {
  static double value(float d) {
    auto x = std::fabs(static_cast<double>(d));
    return x <= 1 ? x * x / 2 : x - 0.5;
  }
  static float slope(float d) {
    return std::fabs(d) <= 1 ? d : absolute_error::slope(d);
  }
};

/// Mean over the outputs of one sample; writes slope(y - t) * scale / width.
template <class Error, class Target>
double error_row(row_span out, Target target, float scale, float* gradient) {
  auto width = static_cast<float>(out.size());
  double sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto difference = out[i] - target(i);
    sum += Error::value(difference);
    gradient[i] = Error::slope(difference) / width * scale;
  }
  return sum / static_cast<double>(out.size());
}

template <class Target>
double error_row(loss_kind kind, row_span out, Target target, float scale,
                 float* gradient) {
  switch (kind) {
    case loss_kind::mean_absolute_error:
      return error_row<absolute_error>(out, target, scale, gradient);
    case loss_kind::huber:
      return error_row<huber_error>(out, target, scale, gradient);
    default:
      return error_row<squared_error>(out, target, scale, gradient);
  }
}

double loss_row(loss_kind kind, row_span out, row_span wanted, float scale,
                float* gradient) {
  if (kind == loss_kind::cross_entropy)
    return cross_entropy_row(out, static_cast<std::size_t>(wanted[0]), scale,
                             gradient);
  if (wanted.size() == out.size())
    return error_row(
      kind, out, [&](std::size_t i) { return wanted[i]; }, scale, gradient);
  auto label = static_cast<std::size_t>(wanted[0]);
  return error_row(
    kind, out, [&](std::size_t i) { return i == label ? 1.0f : 0.0f; }, scale,
    gradient);
}

bool is_correct(row_span out, row_span wanted) {
  if (wanted.size() == out.size() && out.size() > 1)
    return argmax(out) == argmax(wanted);
  // One value is no class; as one of a single class, it is not right or wrong.
  return wanted[0] >= 0 && argmax(out) == static_cast<std::uint64_t>(wanted[0]);
}

} // namespace

caf::error check_targets(loss_kind kind, std::uint64_t width,
                         const tensor& wanted) {
  if (wanted.columns() == width && kind != loss_kind::cross_entropy)
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
  result.loss_sum = one_nan(result.loss_sum);
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
