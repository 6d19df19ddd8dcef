// Which classes were taken for which, as text for a terminal of 80 columns,
// with any number of classes. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "runtime/data/dataset.hpp"

namespace ganglion::cli {

/// "setosa", or "class 2" where it has no name; fit to be shown.
std::string class_name(const dataset& data, std::uint32_t index);

/// True classes against predicted ones, where they are few, or which were
/// mistaken most often; then precision, recall and F1 of each class.
std::string confusion_text(const dataset& data,
                           std::span<const std::uint32_t> predictions);

} // namespace ganglion::cli
