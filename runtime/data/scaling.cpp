#include "runtime/data/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Sums in the order of the samples.
struct column_summary {
  double sum = 0;
  double squares = 0;
  float smallest = std::numeric_limits<float>::infinity();
  float largest = -std::numeric_limits<float>::infinity();
  std::uint64_t count = 0;

  void add(float x) {
    sum += x;
    smallest = std::min(smallest, x);
    largest = std::max(largest, x);
    ++count;
  }

  [[nodiscard]] double mean() const {
    return sum / static_cast<double>(count);
  }
};

std::vector<column_summary> summarize(std::span<const float> values,
                                      std::size_t width) {
  std::vector<column_summary> result(width);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i]))
      result[i % width].add(values[i]);
  // In a second pass, so that large means cost no digits.
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& x = result[i % width];
    auto distance = std::isnan(values[i]) ? 0 : values[i] - x.mean();
    x.squares += distance * distance;
  }
  return result;
}

/// A feature that is always the same becomes 0.
float factor_for(double spread) {
  return spread > 0 ? static_cast<float>(1 / spread) : 1.0f;
}

void choose_scaling(const std::vector<column_summary>& columns,
                    scaling_kind kind, data_description& out) {
  out.scaling = kind;
  for (const auto& x : columns) {
    if (kind == scaling_kind::standard) {
      out.shifts.push_back(static_cast<float>(x.mean()));
      out.factors.push_back(
        factor_for(std::sqrt(x.squares / static_cast<double>(x.count))));
    } else if (kind == scaling_kind::minmax) {
      out.shifts.push_back(x.smallest);
      out.factors.push_back(factor_for(double{x.largest} - x.smallest));
    }
  }
}

/// How missing values are filled in and all are scaled, as these say.
caf::error learn_from(std::span<const float> values, std::size_t width,
                      const table_options& options, data_description& out) {
  auto columns = summarize(values, width);
  for (std::size_t i = 0; i < width; ++i)
    if (columns[i].count == 0)
      return make_failure(errc::bad_data,
                          fmt::format("feature {} has no value in any sample: "
                                      "leave its column out",
                                      i + 1));
  if (options.missing == "mean")
    for (const auto& x : columns)
      out.means.push_back(static_cast<float>(x.mean()));
  choose_scaling(columns, options.scaling, out);
  return {};
}

} // namespace

caf::error fill_and_scale(std::span<float> values, std::size_t width,
                          const table_options& options,
                          const data_description* of, data_description& out) {
  auto fits = [&](const std::vector<float>& x) { return x.size() == width; };
  auto scale = options.scaling != scaling_kind::none;
  if (of) {
    out.scaling = of->scaling;
    out.shifts = of->shifts;
    out.factors = of->factors;
    out.means = of->means;
    scale = fits(out.shifts) && fits(out.factors);
  } else if (scale || options.missing == "mean") {
    if (auto err = learn_from(values, width, options, out))
      return err;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& x = values[i];
    auto column = i % width;
    if (std::isnan(x))
      x = fits(out.means) ? out.means[column] : 0.0f;
    if (scale)
      x = (x - out.shifts[column]) * out.factors[column];
  }
  return {};
}

} // namespace ganglion
