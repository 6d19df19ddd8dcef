#include "metadata/layers/row_layout.hpp"

#include <algorithm>

#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

std::optional<row_limits> limits_of(const network& net) {
  std::optional<row_limits> result;
  for (const auto& x : net.layers()) {
    auto found = rule_of(x).limits(x);
    if (!found)
      continue;
    if (!result)
      result = row_limits{most_row_numbers, most_row_numbers};
    result->tokens = std::min(result->tokens, found->tokens);
    if (found->positions > 0)
      result->positions = std::min(result->positions, found->positions);
  }
  return result;
}

void write_rows(matrix& to, std::size_t first,
                std::span<const std::uint32_t> tokens, std::uint64_t position,
                std::uint64_t conversation) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    auto row = to.row(first + i);
    row[token_column] = static_cast<float>(tokens[i]);
    row[position_column] = static_cast<float>(position + i);
    row[conversation_column] = static_cast<float>(conversation);
  }
}

} // namespace ganglion
