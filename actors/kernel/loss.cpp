#include "actors/kernel/loss.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "actors/kernel/losses/loss_function.hpp"
#include "metadata/error.hpp"
#include "metadata/values/not_finite.hpp"

namespace ganglion {

namespace {

using row_span = std::span<const float>;

bool is_class(float x, std::size_t width) {
  return x >= 0 && x < static_cast<float>(width) && x == std::floor(x);
}

loss_function function_of(loss_kind kind) {
#define GANGLION_FUNCTION(name, word, classes) &name##_loss,
  static constexpr auto functions = std::to_array<loss_function>(
    {GANGLION_LOSSES(GANGLION_FUNCTION)});
#undef GANGLION_FUNCTION
  return functions[static_cast<std::size_t>(kind)];
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
  if (wanted.columns() == width && !is_for_classes(kind))
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
  auto loss_of = function_of(kind);
  for (std::size_t i = 0; i < outputs.rows(); ++i) {
    auto out = outputs.row(i);
    result.loss_sum += loss_of(out, wanted.row(i), scale,
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
