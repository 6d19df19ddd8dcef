#include "runtime/hosting/request_text.hpp"

#include <istream>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/input.hpp"

namespace ganglion {

namespace {

constexpr std::string_view prefix = "identifiers=@";

caf::expected<by_identifiers> read_identifiers(const std::string& path) {
  auto in = open_input(path, errc::bad_argument);
  if (!in)
    return in.error();
  by_identifiers result;
  std::string line;
  for (int number = 1; std::getline(*in, line); ++number) {
    auto text = trimmed(std::string_view{line}.substr(0, line.find('#')));
    if (text.empty())
      continue;
    if (auto err = add_identifiers(result, text))
      return make_failure(errc::bad_argument,
                          fmt::format("{}:{}: {}", path, number, explain(err)));
  }
  return result;
}

} // namespace

caf::expected<partition_request> read_request(std::string_view text, bool exact,
                                              std::string_view within) {
  if (!text.starts_with(prefix))
    return parse_request(text, exact, within);
  auto scope = scope_for(by_identifiers::name, exact, within);
  if (!scope)
    return scope.error();
  auto read = read_identifiers(std::string{text.substr(prefix.size())});
  if (!read)
    return read.error();
  return partition_request{std::move(*read), *scope};
}

} // namespace ganglion
