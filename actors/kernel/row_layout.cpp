#include "actors/kernel/row_layout.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace ganglion {

std::uint64_t number_in(const tensor& rows, std::size_t r, std::size_t column,
                        std::uint64_t limit) {
  auto x = rows.row(r)[column];
  if (!is_row_number(x, limit))
    throw std::out_of_range(fmt::format(
      "row {} of the flow says {}: expected a whole number up to {}", r, x,
      limit - 1));
  return static_cast<std::uint64_t>(x);
}

std::vector<row_run> runs_of(const tensor& rows) {
  std::vector<row_run> result;
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    auto position = number_in(rows, r, position_column, most_row_numbers);
    auto conversation = number_in(rows, r, conversation_column,
                                  most_conversations);
    if (!result.empty() && result.back().conversation == conversation
        && result.back().position + result.back().count == position)
      ++result.back().count;
    else
      result.push_back({r, 1, position, conversation});
  }
  return result;
}

} // namespace ganglion
