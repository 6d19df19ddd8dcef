// Fills in what is missing of the features of samples, and scales them: as
// their own values say, or as those did with which a model was trained. Pure
// functions.
#pragma once

#include <cstddef>
#include <span>

#include <caf/error.hpp>

#include "runtime/data/table_options.hpp"

namespace ganglion {

/// `values`: [samples x width], NaN where one is missing. `of`: the model's, or
/// null; what was done goes to `out`. Errors: bad_data where a column has no
/// value at all.
caf::error fill_and_scale(std::span<float> values, std::size_t width,
                          const table_options& options,
                          const data_description* of, data_description& out);

} // namespace ganglion
