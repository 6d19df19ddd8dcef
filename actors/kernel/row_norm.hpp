// Normalising a row, and the way back: what norm layers, layers that normalise
// what they read, and heads have in common. Pure functions; sums are of
// doubles, in eight chains of every eighth value, which are added in a tree, so
// that their order follows from the row's length alone.
#pragma once

#include <span>

#include "metadata/layers/row_normalisation.hpp"

namespace ganglion {

struct row_moments {
  /// 0 unless centred.
  float mean = 0;
  /// 1 / sqrt(mean square, or variance, + epsilon).
  float scale = 0;

  [[nodiscard]] float normal(float x) const noexcept {
    return (x - mean) * scale;
  }
};

row_moments moments_of(std::span<const float> row,
                       const row_normalisation& how);

/// What flows back to a row: of h, dL/d(normalised values), the part that
/// begins at column `first`; others give their own. `to` has the length of the
/// row, and is written: scale * (h_j - normal_j * mean(h * normal) [-
/// mean(h)]).
void undo_norm(std::span<const float> row, const row_moments& moments,
               const row_normalisation& how, std::span<const float> h,
               std::size_t first, std::span<float> to);

} // namespace ganglion
