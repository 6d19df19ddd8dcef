// What a user may say of a table of samples that cannot be seen from it, or is
// guessed wrongly. Plain data.
#pragma once

#include <string>

#include <caf/error.hpp>

#include "metadata/training/data_description.hpp"

namespace ganglion {

struct table_options {
  /// The column with the classes: "last", "first", "none", a column's name, or
  /// its number from 1.
  std::string label = "last";
  /// Columns with values to be learned, separated by commas, by name or number:
  /// a regression. Empty: there are classes.
  std::string targets;
  /// "auto", "yes" or "no": whether the first record names the columns.
  std::string header = "auto";
  /// "refuse", "drop" (the sample) or "mean" (of the column takes its place).
  std::string missing = "refuse";
  scaling_kind scaling = scaling_kind::none;

  bool operator==(const table_options&) const = default;

  /// Errors: bad_argument for words that are none of these.
  [[nodiscard]] caf::error check() const;
};

} // namespace ganglion
