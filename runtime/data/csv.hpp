// Reads a data set from a text file with one sample per line, its label last.
// A pure function of the file. No full CSV: double quotes around a field are
// dropped, but a field holds neither separators nor line breaks.
#pragma once

#include <string>

#include <caf/expected.hpp>

#include "runtime/data/dataset.hpp"

namespace ganglion {

/// The first line that is not blank decides: fields are separated by semicolons
/// if it has any, else by tabs if it has any, else by commas; it is a header if
/// no field but the last is a number. Features are finite numbers with a point.
/// Labels are either class numbers from 0 to 65535 or names, which are numbered
/// in sorted order and become the names of the classes. Blank lines are
/// skipped; lines may end with CR LF. The name of the result is the path.
/// Errors, where possible as "file:line:column: ...": the file cannot be read
/// or has no samples, a line has another number of fields than the first, a
/// feature is no finite number, a label is empty, out of range or of another
/// kind than those before it.
caf::expected<dataset> read_csv(const std::string& path);

} // namespace ganglion
