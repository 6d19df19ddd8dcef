// Where the values of a layer's neurons are in an array of two dimensions that
// another program wrote, which may hold those of other parts, too. Numbers
// alone: the array is elsewhere.
#pragma once

#include <cstdint>

#include "metadata/fields.hpp"

namespace ganglion {

struct array_place {
  /// Values of a neuron: own_rows x inputs.
  std::uint64_t columns = 0;
  /// Of the whole array, [rows x inputs].
  std::uint64_t rows = 0;
  std::uint64_t inputs = 1;
  /// Rows of a neuron, and the first one of the first neuron.
  std::uint64_t own_rows = 0;
  std::uint64_t first_row = 0;
  /// Whether the array is [inputs x rows].
  bool transposed = false;
  /// Whether all neurons have the same values.
  bool shared = false;

  [[nodiscard]] std::uint64_t row_of(std::uint64_t neuron) const noexcept {
    return first_row + (shared ? 0 : neuron * own_rows);
  }

  /// Calls `f` with each place in a neuron's values and that in the array.
  template <class F>
  void each(std::uint64_t neuron, F f) const {
    auto first = row_of(neuron);
    if (!transposed) {
      for (std::uint64_t i = 0; i < columns; ++i)
        f(i, first * inputs + i);
      return;
    }
    for (std::uint64_t r = 0; r < own_rows; ++r)
      for (std::uint64_t i = 0; i < inputs; ++i)
        f(r * inputs + i, i * rows + first + r);
  }

  friend bool operator==(const array_place&, const array_place&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"columns", self.columns}, field{"rows", self.rows},
                 field{"inputs", self.inputs}, field{"own_rows", self.own_rows},
                 field{"first_row", self.first_row},
                 field{"transposed", self.transposed},
                 field{"shared", self.shared});
  }
};

} // namespace ganglion
