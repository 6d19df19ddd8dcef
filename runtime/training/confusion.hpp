// How often samples of one class were taken for another, and what follows for
// each class. Plain data and arithmetic; prints nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/data/dataset.hpp"

namespace ganglion {

/// Of one class; NaN where it is divided by none.
struct class_figures {
  /// Samples of the class, those that were taken for it, and those of both.
  std::uint64_t samples = 0;
  std::uint64_t predicted = 0;
  std::uint64_t right = 0;

  /// right / predicted.
  [[nodiscard]] double precision() const noexcept;
  /// right / samples.
  [[nodiscard]] double recall() const noexcept;
  /// 2 right / (samples + predicted).
  [[nodiscard]] double f1() const noexcept;
};

/// A true class that was taken for another one.
struct mistaken_classes {
  std::uint32_t truth = 0;
  std::uint32_t predicted = 0;
  std::uint64_t samples = 0;
};

class confusion {
public:
  /// Of labelled samples; a prediction that is no class of the data counts
  /// against its sample's class and for none.
  confusion(const dataset& data, std::span<const std::uint32_t> predictions);

  [[nodiscard]] std::uint32_t classes() const noexcept {
    return classes_;
  }

  [[nodiscard]] std::uint64_t count(std::uint32_t truth,
                                    std::uint32_t predicted) const;

  [[nodiscard]] class_figures of(std::uint32_t index) const;

  /// The most frequent ones first, at most so many.
  [[nodiscard]] std::vector<mistaken_classes> mistakes(std::size_t most) const;

private:
  std::uint32_t classes_;
  /// A row for each true class.
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint64_t> samples_;
};

} // namespace ganglion
