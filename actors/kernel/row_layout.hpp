// Reads what the rows of a flow are (metadata/layers/row_layout.hpp): numbers,
// and runs of rows that follow each other in one sequence. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "metadata/layers/row_layout.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// The number in a column of row `r`. Throws std::out_of_range unless it is a
/// whole one from 0 to below `limit`: what a peer says may be anything.
std::uint64_t number_in(const tensor& rows, std::size_t r, std::size_t column,
                        std::uint64_t limit);

/// Rows first, ..., first + count - 1 of a flow: neighbours in a sequence, from
/// `position` on.
struct row_run {
  std::size_t first = 0;
  std::size_t count = 0;
  std::uint64_t position = 0;
  std::uint64_t conversation = 0;
};

/// All rows, in runs that are as long as can be. Throws as `number_in`.
std::vector<row_run> runs_of(const tensor& rows);

} // namespace ganglion
