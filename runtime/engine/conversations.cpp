#include "runtime/engine/conversations.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

caf::error bad_row(std::size_t row, std::string_view what, float value,
                   std::uint64_t limit) {
  return make_failure(errc::bad_data,
                      fmt::format("row {} has the {} {}: expected a whole "
                                  "number up to {}",
                                  row, what, value, limit - 1));
}

caf::error check_numbers(const tensor& samples, const row_limits& limits,
                         std::uint64_t most) {
  for (std::size_t i = 0; i < samples.rows(); ++i) {
    auto row = samples.row(i);
    if (!is_row_number(row[token_column], limits.tokens))
      return bad_row(i, "token", row[token_column], limits.tokens);
    if (!is_row_number(row[position_column], limits.positions))
      return bad_row(i, "position", row[position_column], limits.positions);
    if (!is_row_number(row[conversation_column], most))
      return bad_row(i, "conversation", row[conversation_column], most);
  }
  return {};
}

} // namespace

caf::error conversation_book::take(const network& net, const tensor& samples,
                                   bool training,
                                   std::span<const std::uint64_t> starts,
                                   std::uint64_t most) {
  auto limits = limits_of(net);
  if (!limits)
    return {};
  if (auto err = check_numbers(samples, *limits, most))
    return err;
  std::map<std::uint64_t, std::uint64_t> lengths;
  // Of no conversation: where the row before ended, if it was of this flow.
  std::uint64_t loose = 0;
  for (std::size_t i = 0; i < samples.rows(); ++i) {
    auto row = samples.row(i);
    auto position = static_cast<std::uint64_t>(row[position_column]);
    auto number = static_cast<std::uint64_t>(row[conversation_column]);
    auto kept = number > 0 && !training;
    auto& length
      = kept ? lengths.try_emplace(number, length_of(number)).first->second
             : loose;
    if (!kept && std::ranges::binary_search(starts, i))
      length = 0;
    if (position > length || (!kept && position > 0 && position < length))
      return make_failure(
        errc::not_found,
        fmt::format("row {} is position {} of conversation {}, of which the "
                    "network has read {}: send it from position 0",
                    i, position, number, length));
    length = position + 1;
  }
  for (auto [number, length] : lengths)
    lengths_[number] = length;
  return {};
}

} // namespace ganglion
