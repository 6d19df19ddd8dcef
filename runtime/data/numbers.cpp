#include "runtime/data/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <system_error>

namespace ganglion {

namespace {

bool is_digit(char x) {
  return x >= '0' && x <= '9';
}

std::optional<float> parse_plain(std::string_view text) {
  auto end = text.data() + text.size();
  float result = 0;
  auto [stop, code] = std::from_chars(text.data(), end, result);
  if (stop != end || code == std::errc::invalid_argument)
    return std::nullopt;
  if (code == std::errc::result_out_of_range) {
    double wide = 0;
    auto fits = std::from_chars(text.data(), end, wide).ec == std::errc{};
    return fits ? static_cast<float>(wide) : HUGE_VALF;
  }
  // from_chars knows "nan" and "inf".
  return std::isfinite(result) ? std::optional{result} : std::nullopt;
}

/// Without the separators of groups of three digits, and with a point; none
/// where the text is not written so.
std::optional<std::string> without_groups(std::string_view text, char group,
                                          char point) {
  std::string result;
  auto whole = text.substr(0, text.find(point));
  auto sign = whole.starts_with('-') ? 1u : 0u;
  auto digits = whole.substr(sign);
  auto first = std::min(digits.find(group), digits.size());
  if (first == 0 || (first < digits.size() && first > 3))
    return std::nullopt;
  result.assign(whole.substr(0, sign + first));
  for (auto rest = digits.substr(first); !rest.empty(); rest.remove_prefix(4)) {
    if (rest.size() < 4 || rest[0] != group
        || !std::all_of(rest.begin() + 1, rest.begin() + 4, is_digit))
      return std::nullopt;
    result.append(rest.substr(1, 3));
  }
  if (whole.size() < text.size()) {
    result += '.';
    result.append(text.substr(whole.size() + 1));
  }
  return result;
}

} // namespace

std::optional<float> parse_number(std::string_view text, bool decimal_comma) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  if (text.find(',') == text.npos)
    if (auto plain = parse_plain(text))
      return plain;
  auto grouped = without_groups(text, decimal_comma ? '.' : ',',
                                decimal_comma ? ',' : '.');
  return grouped ? parse_plain(*grouped) : std::nullopt;
}

bool is_missing(std::string_view text) {
  constexpr std::array<std::string_view, 7> words{"",    "?",    "na",  "n/a",
                                                  "nan", "null", "none"};
  auto lower = [](char x) { return x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x; };
  return std::ranges::any_of(words, [&](std::string_view word) {
    return std::ranges::equal(text, word, {}, lower);
  });
}

} // namespace ganglion
