#include "distributor/strategies/strategy.hpp"

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

caf::error bad_strategy(std::string text) {
  return make_failure(errc::bad_argument, std::move(text));
}

std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> result;
  for (;;) {
    auto end = text.find(separator);
    result.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return result;
    text.remove_prefix(end + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

caf::expected<std::pair<std::string, std::vector<std::string_view>>>
parse_entry(std::string_view text, std::string_view example) {
  auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0)
    return bad_strategy(
      fmt::format("'{}' names no node: write {}", printable(text), example));
  return std::pair{std::string{trimmed(text.substr(0, colon))},
                   split_at(trimmed(text.substr(colon + 1)), '+')};
}

} // namespace ganglion
