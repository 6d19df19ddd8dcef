// Reads a data set in the format of FANN (Fast Artificial Neural Network
// Library): "samples inputs outputs", then the inputs and the outputs of each
// sample, all separated by blanks and line ends. A pure function of the file.
#pragma once

#include <string>

#include <caf/expected.hpp>

#include "runtime/data/dataset.hpp"
#include "runtime/data/table_options.hpp"

namespace ganglion {

/// Several outputs of which exactly one is 1 and all others are 0, in every
/// sample, are classes; others are values to be learned. `of`: the model's, or
/// null. Errors: the file cannot be read, is in another format, or ends early.
caf::expected<dataset> read_fann(const std::string& path,
                                 const table_options& options,
                                 const data_description* of);

/// Whether a file begins as FANN's do; false also where it cannot be read.
bool is_fann(const std::string& path);

} // namespace ganglion
