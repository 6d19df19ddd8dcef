// Finds out what the columns of a table of samples are: whether the first
// record names them, which is no feature, where the labels are. Pure functions
// of the first two records and of what the user said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/data/table_options.hpp"

namespace ganglion {

/// What is in each column of a record, by its place.
struct column_plan {
  /// Whether the first record is none of the samples.
  bool has_header = false;
  /// Of the first record, as to why; empty where there is nothing to be said.
  std::string note;
  /// Columns of a record.
  std::size_t width = 0;
  std::vector<std::size_t> features;
  /// None where samples have no label.
  std::optional<std::size_t> label;
  std::vector<std::size_t> targets;
  /// One per column of a record, or none.
  std::vector<std::string> names;
  /// What the first record says of the classes, as scikit-learn writes it.
  std::vector<std::string> class_names;
  /// And of the number of samples; 0: nothing.
  std::uint64_t samples = 0;
};

/// `second` is empty where there is one record only; numbers are read with
/// `decimal_comma`. `inputs`: features of the model that is asked, 0: of none;
/// a table with just so many columns has no labels. Errors: bad_data, saying
/// what is wrong with which column.
caf::expected<column_plan> plan_columns(const std::vector<std::string>& first,
                                        const std::vector<std::string>& second,
                                        const table_options& options,
                                        bool decimal_comma, std::size_t inputs);

} // namespace ganglion
