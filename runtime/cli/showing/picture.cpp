#include "runtime/cli/showing/picture.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "runtime/cli/showing/confusion_text.hpp"

namespace ganglion::cli {

namespace {

constexpr std::size_t per_row = 5;
constexpr std::size_t picture_width = 14;

/// From 0 to 1.
char shade(float brightness) {
  constexpr std::string_view shades = " .:-=+*#%@";
  return shades[static_cast<std::size_t>(
    std::lround(std::clamp(brightness, 0.0f, 1.0f) * 9.0f))];
}

std::uint32_t label_of(const dataset& data, std::size_t sample) {
  return static_cast<std::uint32_t>(data.labels.row(sample)[0]);
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
  std::string result;
  for (std::size_t column = 0; column < picture_width; ++column)
    result += shade(brightness(data, sample, row, column));
  return result;
}

} // namespace

std::string picture_text(std::span<const float> pixels, std::size_t columns) {
  constexpr std::size_t widest = 78;
  auto [low, high] = std::minmax_element(pixels.begin(), pixels.end());
  auto span = *high > *low ? *high - *low : 1.0f;
  auto wide = (columns + widest - 1) / widest;
  auto rows = pixels.size() / columns;
  std::string result;
  for (std::size_t y = 0; y < rows; y += 2 * wide) {
    std::string line = "  ";
    for (std::size_t x = 0; x < columns; x += wide) {
      float sum = 0;
      std::size_t count = 0;
      for (auto i = y; i < std::min(rows, y + 2 * wide); ++i)
        for (auto j = x; j < std::min(columns, x + wide); ++j, ++count)
          sum += pixels[i * columns + j];
      line += shade((sum / static_cast<float>(count) - *low) / span);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + '\n';
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
