#include "runtime/training/confusion.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace ganglion {

namespace {

double ratio(std::uint64_t a, std::uint64_t b) noexcept {
  return b == 0 ? std::numeric_limits<double>::quiet_NaN()
                : static_cast<double>(a) / static_cast<double>(b);
}

} // namespace

double class_figures::precision() const noexcept {
  return ratio(right, predicted);
}

double class_figures::recall() const noexcept {
  return ratio(right, samples);
}

double class_figures::f1() const noexcept {
  return ratio(2 * right, samples + predicted);
}

confusion::confusion(const dataset& data,
                     std::span<const std::uint32_t> predictions)
  : classes_(static_cast<std::uint32_t>(data.classes)),
    counts_(data.classes * data.classes),
    samples_(data.classes) {
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    auto truth = static_cast<std::size_t>(data.labels.row(i)[0]);
    ++samples_[truth];
    if (predictions[i] < classes_)
      ++counts_[truth * classes_ + predictions[i]];
  }
}

std::uint64_t confusion::count(std::uint32_t truth,
                               std::uint32_t predicted) const {
  return counts_[std::size_t{truth} * classes_ + predicted];
}

class_figures confusion::of(std::uint32_t index) const {
  class_figures result;
  result.samples = samples_[index];
  for (std::uint32_t i = 0; i < classes_; ++i)
    result.predicted += count(i, index);
  result.right = count(index, index);
  return result;
}

std::vector<mistaken_classes> confusion::mistakes(std::size_t most) const {
  std::vector<mistaken_classes> result;
  for (std::uint32_t i = 0; i < classes_; ++i)
    for (std::uint32_t j = 0; j < classes_; ++j)
      if (i != j && count(i, j) > 0)
        result.push_back({i, j, count(i, j)});
  auto comes_first = [](const mistaken_classes& a, const mistaken_classes& b) {
    return std::tuple{b.samples, a.truth, a.predicted}
           < std::tuple{a.samples, b.truth, b.predicted};
  };
  std::ranges::sort(result, comes_first);
  result.resize(std::min(result.size(), most));
  return result;
}

} // namespace ganglion
