#include "runtime/cli/picture.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace ganglion::cli {

namespace {

constexpr std::size_t per_row = 5;
constexpr std::size_t picture_width = 14;

std::uint32_t label_of(const dataset& data, std::size_t sample) {
  return static_cast<std::uint32_t>(data.labels.row(sample)[0]);
}

std::string class_name(const dataset& data, std::uint32_t index) {
  return index < data.class_names.size() ? data.class_names[index]
                                         : fmt::format("class {}", index);
}

/// Mean of the pixels that a character stands for.
float brightness(const dataset& data, std::size_t sample, std::size_t row,
                 std::size_t column) {
  auto pixels = data.samples.row(sample);
  auto width = data.image_columns;
  auto high = std::max<std::size_t>(1, width / picture_width);
  float sum = 0;
  std::size_t count = 0;
  for (auto y = row * high * 2;
       y < std::min<std::size_t>(data.image_rows, (row + 1) * high * 2); ++y)
    for (auto x = column * high;
         x < std::min<std::size_t>(width, (column + 1) * high); ++x, ++count)
      sum += pixels[y * width + x];
  return count == 0 ? 0 : sum / static_cast<float>(count);
}

std::string picture_line(const dataset& data, std::size_t sample,
                         std::size_t row) {
  constexpr std::string_view shades = " .:-=+*#%@";
  std::string result;
  for (std::size_t column = 0; column < picture_width; ++column) {
    auto value = std::clamp(brightness(data, sample, row, column), 0.0f, 1.0f);
    result += shades[static_cast<std::size_t>(std::lround(value * 9.0f))];
  }
  return result;
}

} // namespace

std::string confusion_text(const dataset& data,
                           std::span<const std::uint32_t> predictions) {
  auto classes = data.classes;
  std::vector<std::size_t> counts(classes * classes);
  for (std::size_t i = 0; i < predictions.size(); ++i)
    if (predictions[i] < classes)
      ++counts[label_of(data, i) * classes + predictions[i]];
  auto result = fmt::format("{:<16}predicted\n{:<13}", "truth", "");
  for (std::uint32_t j = 0; j < classes; ++j)
    result += fmt::format("{:>6}", j);
  result += '\n';
  for (std::uint32_t i = 0; i < classes; ++i) {
    result
      += fmt::format("{:>2} {:<12.12}", i, class_name(data, i)).substr(0, 13);
    for (std::uint32_t j = 0; j < classes; ++j)
      result += fmt::format("{:>6}", counts[i * classes + j]);
    result += '\n';
  }
  return result;
}

std::string pictures_text(const dataset& data,
                          std::span<const std::uint32_t> predictions,
                          std::size_t count) {
  std::string result;
  if (data.image_columns < picture_width || data.image_rows == 0)
    return result;
  auto high = std::max<std::size_t>(1, data.image_columns / picture_width);
  auto lines = (data.image_rows + 2 * high - 1) / (2 * high);
  count = std::min(count, predictions.size());
  for (std::size_t first = 0; first < count; first += per_row) {
    auto end = std::min(first + per_row, count);
    auto line = [&](auto cell) {
      for (auto i = first; i < end; ++i)
        result += fmt::format("{:<15.15} ", cell(i));
      while (!result.empty() && result.back() == ' ')
        result.pop_back();
      result += '\n';
    };
    for (std::size_t row = 0; row < lines; ++row)
      line([&](std::size_t i) { return picture_line(data, i, row); });
    line([&](std::size_t i) { return class_name(data, predictions[i]); });
    line([&](std::size_t i) {
      auto truth = label_of(data, i);
      return predictions[i] == truth ? std::string{"(right)"}
                                     : "(" + class_name(data, truth) + ")";
    });
    result += '\n';
  }
  return result;
}

} // namespace ganglion::cli
