// A sum of numbers that are not negative, kept to the last bit, so that no
// order of addition has a say in it: whoever holds a part adds up its own, and
// parts are added. Rounded once, when it is read. Plain data that travels.
#pragma once

#include <cstdint>
#include <vector>

#include "metadata/fields.hpp"

namespace ganglion {

class exact_sum {
public:
  /// A number that is not finite, or negative, makes the sum NaN.
  void add(double x);

  void add(const exact_sum& x);

  /// To the nearest double.
  [[nodiscard]] double value() const;

  /// Whether what was loaded is a sum.
  [[nodiscard]] bool valid() const noexcept {
    return words_.empty() || words_.size() == word_count;
  }

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"finite", self.finite_}, field{"words", self.words_});
  }

private:
  /// From 2^-1074, the smallest double, past the largest, with room for 2^64
  /// of them.
  static constexpr std::size_t word_count = 35;

  void add_word(std::size_t at, std::uint64_t x);

  bool finite_ = true;
  /// The lowest bits first; empty where it is 0.
  std::vector<std::uint64_t> words_;
};

} // namespace ganglion
