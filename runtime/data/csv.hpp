// Reads a data set from a table with one sample per record: see table.hpp for
// its form, columns.hpp for what is found out about its columns. A pure
// function of file and options.
#pragma once

#include <optional>
#include <string>

#include <caf/expected.hpp>

#include "runtime/data/dataset.hpp"
#include "runtime/data/table_options.hpp"

namespace ganglion {

/// Of a model whose data this is to be.
struct model_data {
  data_description description;
  /// Features that the model takes.
  std::size_t inputs = 0;
};

/// Features are finite numbers; with semicolons between fields they may have a
/// decimal comma. Labels are class numbers from 0 to 65535 (also as 2.0), whole
/// numbers of which some are negative, or names; the latter two are numbered in
/// sorted order, unless `of` says which class has which number, and become the
/// names of the classes. Targets are finite numbers. Missing values are
/// refused, or become what the options say; features are scaled as these say,
/// or as the model's were. The name of the result is the path. Errors, where
/// possible as "file:line:column: ...": the file cannot be read or has no
/// samples, a record has another number of fields than the first, a feature is
/// no finite number, a label is missing, out of range, of another kind than
/// those before it, or unknown to the model.
caf::expected<dataset> read_csv(const std::string& path,
                                const table_options& options = {},
                                const model_data* of = nullptr);

} // namespace ganglion
