#include "metadata/text/names.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Of names of nodes, in `--by`, `--nodes` and files of identifiers.
constexpr std::string_view separators = " ,:=#@'\"";

/// What is shown of a name that is refused.
constexpr std::size_t shown_name = 80;

struct code_point {
  char32_t value = 0;
  std::size_t size = 0;
};

/// The first character; nothing where the text does not begin with one in
/// UTF-8 (RFC 3629: no longer form than needed, no surrogates).
std::optional<code_point> first_of(std::string_view text) {
  auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto lead = at(0);
  if (lead < 0x80)
    return code_point{lead, 1};
  auto size = lead >= 0xf0 ? 4U : lead >= 0xe0 ? 3U : 2U;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size)
    return {};
  auto value = static_cast<char32_t>(lead & (0x7f >> size));
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xc0) != 0x80)
      return {};
    value = value << 6 | (at(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (value < least[size] || value > 0x10ffff
      || (value >= 0xd800 && value <= 0xdfff))
    return {};
  return code_point{value, size};
}

/// Also the ends of lines and paragraphs that Unicode has besides.
bool is_control(char32_t x) {
  return x < 0x20 || (x >= 0x7f && x < 0xa0) || x == 0x2028 || x == 0x2029;
}

/// What is wrong with a text; empty where nothing is.
std::string problem_of(std::string_view text, std::size_t most) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    auto next = first_of(text);
    if (!next)
      return "is not UTF-8";
    if (is_control(next->value))
      return "has a control character in it";
    text.remove_prefix(next->size);
  }
  return count > most ? fmt::format("has {} characters", count) : "";
}

} // namespace

caf::error check_node_name(std::string_view name) {
  auto problem = name.empty() ? "is empty" : problem_of(name, max_node_name);
  auto bad = name.find_first_of(separators);
  if (problem.empty() && bad != std::string_view::npos)
    problem = name[bad] == ' ' ? "has a space in it"
                               : fmt::format("has a {} in it", name[bad]);
  if (problem.empty())
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("node name '{}' {}: take 1 to {} letters, "
                                  "digits or signs in UTF-8, without spaces "
                                  "and none of , : = # @ ' \"",
                                  printable(name, shown_name), problem,
                                  max_node_name));
}

caf::error check_text(std::string_view what, std::string_view text,
                      std::size_t most) {
  auto problem = problem_of(text, most);
  if (problem.empty())
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("{} '{}' {}: take at most {} characters of "
                                  "UTF-8 on one line",
                                  what, printable(text, shown_name), problem,
                                  most));
}

std::string printable(std::string_view text, std::size_t most) {
  std::string result;
  while (!text.empty()) {
    auto next = first_of(text);
    auto size = next ? next->size : 1;
    if (result.size() + size > most)
      return result + "...";
    if (next && !is_control(next->value))
      result += text.substr(0, size);
    else
      result += '?';
    text.remove_prefix(size);
  }
  return result;
}

std::string printable_path(std::string_view path) {
  return printable(path, max_shown_path);
}

std::string printable_lines(std::string_view text, std::size_t most) {
  std::string result;
  if (text.size() > most)
    return printable_lines(text.substr(0, most / 2), most) + " ... "
           + printable_lines(text.substr(text.size() - most / 2), most);
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    result += printable(text.substr(0, end), text.size());
    if (end < text.size())
      result += text[end++];
    text.remove_prefix(end);
  }
  return result;
}

bool has_ending(std::string_view path, std::string_view ending) {
  if (path.size() < ending.size())
    return false;
  auto lower = [](char x) { return x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x; };
  return std::ranges::equal(path.substr(path.size() - ending.size()), ending,
                            {}, lower);
}

} // namespace ganglion
