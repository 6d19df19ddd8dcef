#include "runtime/cli/showing/confusion_text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "metadata/text/names.hpp"
#include "runtime/training/confusion.hpp"

namespace ganglion::cli {

namespace {

/// What fits into a line.
constexpr std::uint32_t most_columns = 11;

/// Of many classes.
constexpr std::uint32_t most_lines = 40;

std::string matrix_text(const dataset& data, const confusion& x) {
  auto result = fmt::format("{:<16}predicted\n{:<13}", "truth", "");
  for (std::uint32_t j = 0; j < x.classes(); ++j)
    result += fmt::format("{:>6}", j);
  result += '\n';
  for (std::uint32_t i = 0; i < x.classes(); ++i) {
    result += fmt::format("{:>2} {:<10.10}", i, class_name(data, i));
    for (std::uint32_t j = 0; j < x.classes(); ++j)
      result += fmt::format("{:>6}", x.count(i, j));
    result += '\n';
  }
  return result;
}

std::string mistakes_text(const dataset& data, const confusion& x) {
  std::string result;
  for (const auto& y : x.mistakes(20))
    result += fmt::format("{:>8} of {:.24} taken for {:.24}\n", y.samples,
                          class_name(data, y.truth),
                          class_name(data, y.predicted));
  return result.empty() ? "none was taken for another\n" : result;
}

std::string share_text(double x) {
  return std::isnan(x) ? "-" : fmt::format("{:.2f} %", 100 * x);
}

std::string figures_text(const dataset& data, const confusion& x) {
  auto result = fmt::format("{:<26}{:>9}{:>12}{:>12}{:>12}\n", "class",
                            "samples", "precision", "recall", "F1");
  auto shown = std::min(x.classes(), most_lines);
  for (std::uint32_t i = 0; i < shown; ++i) {
    auto y = x.of(i);
    result += fmt::format(
      "{:<26.25}{:>9}{:>12}{:>12}{:>12}\n", class_name(data, i), y.samples,
      share_text(y.precision()), share_text(y.recall()), share_text(y.f1()));
  }
  if (shown < x.classes())
    result += fmt::format("and {} more classes\n", x.classes() - shown);
  return result;
}

} // namespace

std::string class_name(const dataset& data, std::uint32_t index) {
  return index < data.class_names.size() ? printable(data.class_names[index])
                                         : fmt::format("class {}", index);
}

std::string confusion_text(const dataset& data,
                           std::span<const std::uint32_t> predictions) {
  confusion x{data, predictions};
  return (x.classes() <= most_columns ? matrix_text(data, x)
                                      : mistakes_text(data, x))
         + '\n' + figures_text(data, x);
}

} // namespace ganglion::cli
