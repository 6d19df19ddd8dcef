#include "metadata/edge_list.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

constexpr std::string_view blanks = " \t\r";

/// What is shown of a line that makes no sense.
constexpr std::size_t shown = 40;

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

template <class T>
bool parse_number(std::string_view text, T& out) {
  auto end = text.data() + text.size();
  auto [last, code] = std::from_chars(text.data(), end, out);
  return code == std::errc{} && last == end && !text.empty();
}

caf::error bad_line(const std::string& name, std::size_t line,
                    std::string_view text, std::string_view expected) {
  std::string quoted{text.substr(0, shown)};
  for (auto& c : quoted)
    if (c < ' ' || c > '~')
      c = '?';
  return make_failure(errc::bad_data,
                      fmt::format("{}:{}: expected {}, not '{}{}'", name, line,
                                  expected, quoted,
                                  text.size() > shown ? "..." : ""));
}

/// Up to three fields, and how many there are.
std::size_t split(std::string_view line, std::array<std::string_view, 3>& out) {
  std::size_t count = 0;
  for (;;) {
    auto end = line.find_first_of(",;\t");
    if (count < out.size())
      out[count] = trimmed(line.substr(0, end));
    ++count;
    if (end == std::string_view::npos)
      return count;
    line.remove_prefix(end + 1);
  }
}

bool is_name(std::string_view text) {
  auto c = text.empty() ? '0' : static_cast<char>(text.front() | 0x20);
  return text.front() == '"' || (c >= 'a' && c <= 'z');
}

} // namespace

caf::expected<std::vector<given_edge>> parse_edges(std::string_view text,
                                                   const std::string& name) {
  std::vector<given_edge> result;
  std::array<std::string_view, 3> fields;
  auto first = true;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#')
      continue;
    auto count = split(line, fields);
    auto names = std::exchange(first, false) && is_name(line);
    if (count < 2 || count > 3)
      return bad_line(name, number, line,
                      "SOURCE,TARGET,WEIGHT such as 3,17,0.5");
    if (names)
      continue;
    given_edge next;
    next.line = number;
    if (!parse_number(fields[0], next.wire.source)
        || !parse_number(fields[1], next.wire.target))
      return bad_line(name, number, line,
                      "SOURCE,TARGET,WEIGHT with whole numbers of neurons");
    float weight = 0;
    if (count == 3) {
      if (!parse_number(fields[2], weight) || !std::isfinite(weight))
        return bad_line(name, number, fields[2], "a number as the weight");
      next.weight = weight;
    }
    if (result.size() == max_edges)
      return make_failure(errc::bad_data,
                          fmt::format("{}:{}: expected {} edges at most", name,
                                      number, max_edges));
    result.push_back(next);
  }
  if (result.empty())
    return make_failure(errc::bad_data,
                        fmt::format("{}: expected lines SOURCE,TARGET,WEIGHT, "
                                    "and there are none",
                                    name));
  return result;
}

} // namespace ganglion
