// How ganglion.conf is read.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/settings.hpp"

namespace ganglion::cli {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trim(std::string_view x) {
  auto first = x.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(blanks) - first + 1);
}

bool is_comment(std::string_view x) {
  return x.empty() || x.front() == '#' || x.front() == ';';
}

/// Takes one value off the front of a line; false where there is none that
/// makes sense.
bool take_value(std::string_view& rest, bool in_list, std::string& out) {
  rest = trim(rest);
  if (!rest.empty() && (rest.front() == '"' || rest.front() == '\'')) {
    auto end = rest.find(rest.front(), 1);
    if (end == std::string_view::npos)
      return false;
    out = rest.substr(1, end - 1);
    rest = trim(rest.substr(end + 1));
    return true;
  }
  auto end = std::min({in_list ? rest.find_first_of(",]") : rest.size(),
                       rest.find(" #"), rest.find(" ;"), rest.size()});
  out = trim(rest.substr(0, end));
  rest = trim(rest.substr(end));
  return !out.empty();
}

bool take_list(std::string_view& rest, std::vector<std::string>& out) {
  rest = trim(rest.substr(1));
  while (!rest.empty() && rest.front() != ']') {
    if (!take_value(rest, true, out.emplace_back()))
      return false;
    if (!rest.empty() && rest.front() == ',')
      rest = trim(rest.substr(1));
    else if (rest.empty() || rest.front() != ']')
      return false;
  }
  if (rest.empty() || out.empty())
    return false;
  rest = trim(rest.substr(1));
  return true;
}

bool take_values(std::string_view rest, std::vector<std::string>& out) {
  rest = trim(rest);
  auto good = !rest.empty() && rest.front() == '['
                ? take_list(rest, out)
                : take_value(rest, false, out.emplace_back());
  return good && is_comment(rest);
}

bool parse_line(std::string_view line, setting& out) {
  auto equals = line.find('=');
  if (equals == std::string_view::npos)
    return false;
  out.key = trim(line.substr(0, equals));
  std::replace(out.key.begin(), out.key.end(), '_', '-');
  return !out.key.empty() && take_values(line.substr(equals + 1), out.values);
}

} // namespace

caf::expected<std::vector<setting>> parse_settings(std::string_view text,
                                                   const std::string& file) {
  std::vector<setting> result;
  std::string section;
  constexpr std::string_view utf8_mark = "\xef\xbb\xbf";
  if (text.starts_with(utf8_mark))
    text.remove_prefix(utf8_mark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (is_comment(line))
      continue;
    if (line.front() == '[' && line.find('=') == std::string_view::npos) {
      auto close = line.find(']');
      if (close != std::string_view::npos
          && is_comment(trim(line.substr(close + 1)))) {
        section = trim(line.substr(1, close - 1));
        continue;
      }
    }
    setting next{section, {}, {}, number};
    if (!parse_line(line, next))
      return make_failure(
        errc::bad_argument,
        fmt::format("{}:{}: '{}' makes no sense: write key = value, key = "
                    "\"value\", key = [\"value\", \"value\"] or [command]",
                    file, number, printable(line)));
    result.push_back(std::move(next));
  }
  return result;
}

} // namespace ganglion::cli
