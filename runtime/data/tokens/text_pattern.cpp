#include "runtime/data/tokens/text_pattern.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <unicode/regex.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/tokens/token_file.hpp"

namespace ganglion {

namespace {

/// Bytes that the matcher may keep for going back: a run of a million blanks
/// needs half of it.
constexpr std::int32_t most_stack = 64 << 20;
/// Steps of ICU's, ten thousand ways each: a second or a few.
constexpr std::int32_t most_steps = 2000;
constexpr std::size_t longest_pattern = 1 << 16;

/// ".{1,3}" that ends here, as "{2}" and "{2,}" do; not "\p{L}".
bool ends_in_interval(std::string_view text) {
  if (text.empty() || text.back() != '}')
    return false;
  text.remove_suffix(1);
  auto begin = text.find_last_not_of("0123456789,");
  return begin != text.npos && begin + 1 < text.size() && text[begin] == '{';
}

/// A way costs as much as there are groups and counters to remember.
std::int32_t steps_for(std::string_view pattern) {
  auto remembered = std::ranges::count_if(
    pattern, [](char c) { return c == '(' || c == '{'; });
  constexpr std::ptrdiff_t usual = 16;
  return static_cast<std::int32_t>(1
                                   + most_steps * usual / (usual + remembered));
}

/// Flags of "(?flags:" that mean something else to Oniguruma.
bool has_other_flags(std::string_view text) {
  if (!text.starts_with("(?"))
    return false;
  text.remove_prefix(2);
  auto flags = text.substr(0, text.find_first_not_of("imsxdw-"));
  return flags.find_first_of("ms") != flags.npos;
}

/// What Oniguruma reads otherwise; empty where there is nothing.
std::string_view read_otherwise(std::string_view text) {
  auto in_set = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c == '\\') {
      ++i;
      if (i < text.size() && (text[i] == 'h' || text[i] == 'H'))
        return text.substr(i - 1, 2);
    } else if (c == '[') {
      ++in_set;
    } else if (c == ']' && in_set > 0) {
      --in_set;
    } else if (in_set == 0 && has_other_flags(text.substr(i))) {
      return text.substr(i, 4);
    } else if (in_set == 0 && c == '+' && ends_in_interval(text.substr(0, i))) {
      return text.substr(i - 1, 2);
    }
  }
  return {};
}

} // namespace

struct text_pattern::compiled {
  std::unique_ptr<icu::RegexPattern> pattern;
};

caf::expected<text_pattern> text_pattern::regex(std::string_view text) {
  auto refused = [&](std::string_view why) {
    return token_file::bad(
      fmt::format("the pattern '{}' cannot be read: {}", printable(text), why));
  };
  if (text.size() > longest_pattern)
    return refused("it is longer than 64 KiB");
  if (auto found = read_otherwise(text); !found.empty())
    return refused(fmt::format("it has '{}', which programs read in different "
                               "ways",
                               printable(found)));
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  auto source = icu::UnicodeString::fromUTF8(
    {text.data(), static_cast<std::int32_t>(text.size())});
  auto made = std::make_shared<compiled>();
  // Lines end at \n alone, and ^ and $ are those of lines, as in Oniguruma.
  made->pattern.reset(icu::RegexPattern::compile(
    source, UREGEX_UNIX_LINES | UREGEX_MULTILINE, where, status));
  if (U_FAILURE(status) != 0)
    return refused(
      fmt::format("{} at character {}", u_errorName(status), where.offset));
  text_pattern result;
  result.text_ = text;
  result.compiled_ = std::move(made);
  return result;
}

caf::expected<text_pattern> text_pattern::parse(const nlohmann::json& from) {
  if (token_file::at(from, "Regex").is_string())
    return regex(token_file::text(from, "Regex"));
  text_pattern result;
  result.text_ = token_file::text(from, "String");
  if (result.text_.empty())
    return token_file::bad("a pattern is neither a text nor a regular "
                           "expression, or is empty");
  return result;
}

struct text_pattern::finder::state {
  std::shared_ptr<const compiled> of;
  icu::UnicodeString input;
  std::unique_ptr<icu::RegexMatcher> matcher;
};

text_pattern::finder::finder(const text_pattern& what) : text_(what.text_) {
  if (!what.compiled_)
    return;
  UErrorCode status = U_ZERO_ERROR;
  state_ = std::make_unique<state>();
  state_->of = what.compiled_;
  state_->matcher.reset(what.compiled_->pattern->matcher(status));
  state_->matcher->setTimeLimit(steps_for(text_), status);
  state_->matcher->setStackLimit(most_stack, status);
}

text_pattern::finder::~finder() = default;

caf::error text_pattern::finder::find(std::string_view text,
                                      std::vector<span>& out) {
  out.clear();
  if (state_)
    return find_regex(text, out);
  std::size_t end = 0;
  for (auto i = text.find(text_); i != text.npos; i = text.find(text_, end)) {
    if (i > end)
      out.push_back({end, i, false});
    end = i + text_.size();
    out.push_back({i, end, true});
  }
  if (end < text.size())
    out.push_back({end, text.size(), false});
  return {};
}

caf::error text_pattern::finder::costs_too_much() const {
  return make_failure(
    errc::bad_data,
    fmt::format("the tokenizer's pattern '{}' takes too long, or too much "
                "memory, for this text: give it in smaller pieces, or another "
                "tokenizer",
                printable(text_)));
}

namespace {

/// Offsets in UTF-16 as those in the same text in UTF-8, in rising order.
class offset_translator {
public:
  explicit offset_translator(std::string_view text) : text_(text) {
    // nop
  }

  std::size_t operator()(std::int32_t units) {
    for (; units_ < units; ++bytes_) {
      auto byte = static_cast<unsigned char>(text_[bytes_]);
      units_ += byte < 0x80 || byte >= 0xc0 ? 1 : 0;
      units_ += byte >= 0xf0 ? 1 : 0;
    }
    while (bytes_ < text_.size() && (text_[bytes_] & 0xc0) == 0x80)
      ++bytes_;
    return bytes_;
  }

private:
  std::string_view text_;
  std::size_t bytes_ = 0;
  std::int32_t units_ = 0;
};

} // namespace

caf::error text_pattern::finder::find_regex(std::string_view text,
                                            std::vector<span>& out) {
  // The limit on steps is for all that is found since the last reset.
  constexpr auto found_at_once = 256;
  auto& matcher = *state_->matcher;
  UErrorCode status = U_ZERO_ERROR;
  state_->input = icu::UnicodeString::fromUTF8(
    {text.data(), static_cast<std::int32_t>(text.size())});
  matcher.reset(state_->input);
  offset_translator bytes_of{text};
  std::size_t end = 0;
  for (auto count = 1; matcher.find(status) != 0; ++count) {
    auto first = matcher.start(status);
    auto last = matcher.end(status);
    if (last > first) {
      auto begin = bytes_of(first);
      if (begin > end)
        out.push_back({end, begin, false});
      end = bytes_of(last);
      out.push_back({begin, end, true});
    }
    if (count % found_at_once == 0)
      matcher.reset(last > first ? last : state_->input.moveIndex32(last, 1),
                    status);
  }
  if (U_FAILURE(status) != 0)
    return costs_too_much();
  if (end < text.size())
    out.push_back({end, text.size(), false});
  return {};
}

} // namespace ganglion
