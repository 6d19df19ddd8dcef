// Samples, predictions and weights as pictures for a terminal. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "runtime/data/dataset.hpp"

namespace ganglion::cli {

/// Row by row, from the smallest (blank) to the largest (@); at most 80
/// columns, about two pixels high to one wide.
std::string picture_text(std::span<const float> pixels, std::size_t columns);

/// The first `count` samples as pictures in rows of five, each with prediction
/// and truth; nothing where samples are no images.
std::string pictures_text(const dataset& data,
                          std::span<const std::uint32_t> predictions,
                          std::size_t count);

} // namespace ganglion::cli
