// Data sets and predictions as text for a terminal. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "runtime/data/dataset.hpp"

namespace ganglion::cli {

/// A table of true classes against predicted ones.
std::string confusion_text(const dataset& data,
                           std::span<const std::uint32_t> predictions);

/// The first `count` samples as pictures in rows of five, each with prediction
/// and truth; nothing where samples are no images.
std::string pictures_text(const dataset& data,
                          std::span<const std::uint32_t> predictions,
                          std::size_t count);

} // namespace ganglion::cli
