// How a row is normalised: by its root mean square (Zhang and Sennrich 2019,
// arXiv 1910.07467), or, centred, by mean and variance (Ba et al. 2016, arXiv
// 1607.06450). Plain values; the arithmetic is in actors/kernel/row_norm.hpp.
#pragma once

namespace ganglion {

struct row_normalisation {
  /// Whether the row's mean is taken away first.
  bool centred = false;
  /// Added to the mean square, or the variance, before its root is taken.
  double epsilon = 0;
};

} // namespace ganglion
