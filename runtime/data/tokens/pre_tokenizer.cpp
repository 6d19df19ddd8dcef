#include "runtime/data/tokens/pre_tokenizer.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/text/names.hpp"
#include "runtime/data/tokens/characters.hpp"
#include "runtime/data/tokens/split_rule.hpp"
#include "runtime/data/tokens/text_pattern.hpp"
#include "runtime/data/tokens/token_file.hpp"

namespace ganglion {

namespace {

using splitting_step = pre_tokenizer::step;

/// Of the words of GPT-2.
constexpr std::string_view gpt2_words
  = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

struct split {
  text_pattern pattern;
  split_rule rule = split_rule::isolated;
  /// What is looked for is what the pattern does not find.
  bool inverted = false;

  caf::error operator()(text_pieces& text) const {
    text_pieces result;
    text_pattern::finder finder{pattern};
    std::vector<text_pattern::span> spans;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (auto err = finder.find(text[i], spans))
        return err;
      if (inverted)
        for (auto& x : spans)
          x.found = !x.found;
      apply_split_rule(rule, spans);
      if (i == 0)
        result.set_at_start(text.at_start() && !spans.front().found);
      for (const auto& x : spans)
        if (!x.found)
          result.add(text[i].substr(x.begin, x.end - x.begin));
    }
    text = std::move(result);
    return {};
  }
};

/// Each piece as `change` makes it of (piece, whether the text begins here).
template <class Change>
void change_pieces(text_pieces& text, Change change) {
  text_pieces result;
  result.set_at_start(text.at_start());
  for (std::size_t i = 0; i < text.size(); ++i)
    result.add(change(text[i], i == 0 && text.at_start()));
  text = std::move(result);
}

caf::expected<splitting_step> make_split(const nlohmann::json& from) {
  auto pattern = text_pattern::parse(token_file::at(from, "pattern"));
  if (!pattern)
    return pattern.error();
  auto rule = split_rule_named(token_file::text(from, "behavior"));
  if (!rule)
    return rule.error();
  return splitting_step{
    split{std::move(*pattern), *rule, token_file::flag(from, "invert")}};
}

caf::expected<splitting_step> make_known_split(std::string_view pattern,
                                               split_rule rule, bool inverted) {
  auto made = text_pattern::regex(pattern);
  if (!made)
    return made.error();
  return splitting_step{split{std::move(*made), rule, inverted}};
}

caf::expected<splitting_step> make_byte_level(const nlohmann::json& from) {
  auto words = make_known_split(gpt2_words, split_rule::isolated, false);
  if (!words)
    return words.error();
  if (!token_file::flag(from, "use_regex", true))
    words = splitting_step{};
  return splitting_step{
    [words = std::move(*words),
     blank = token_file::flag(from, "add_prefix_space", true)](
      text_pieces& text) -> caf::error {
      if (blank)
        change_pieces(text, [](std::string_view x, bool) {
          return x.starts_with(' ') ? std::string{x} : " " + std::string{x};
        });
      if (words)
        if (auto err = words(text))
          return err;
      change_pieces(text, [](std::string_view x, bool) {
        return characters::bytes_as_characters(x);
      });
      return {};
    }};
}

std::string with_mark(std::string_view text, const std::string& mark,
                      bool in_front) {
  std::string result;
  for (auto c : text)
    if (c == ' ')
      result += mark;
    else
      result += c;
  return in_front && !result.starts_with(mark) ? mark + result : result;
}

caf::expected<splitting_step> make_metaspace(const nlohmann::json& from) {
  auto mark = token_file::text(from, "replacement");
  auto scheme = token_file::text(from, "prepend_scheme");
  if (mark.empty() || characters::size_of_first(mark) != mark.size())
    return token_file::bad("the replacement of a Metaspace is no character");
  if (!token_file::flag(from, "add_prefix_space", true))
    scheme = "never";
  if (scheme.empty())
    scheme = "always";
  if (scheme != "always" && scheme != "first" && scheme != "never")
    return token_file::bad(fmt::format("the prepend_scheme '{}' of a Metaspace "
                                       "is not known",
                                       printable(scheme)));
  auto pattern = text_pattern::parse({{"String", mark}});
  if (!pattern)
    return pattern.error();
  return splitting_step{
    [mark, scheme,
     words = split{std::move(*pattern), split_rule::merged_with_next},
     cuts = token_file::flag(from, "split", true)](text_pieces& text) {
      change_pieces(text, [&](std::string_view x, bool at_start) {
        return with_mark(x, mark,
                         scheme == "always" || (scheme == "first" && at_start));
      });
      return cuts ? words(text) : caf::error{};
    }};
}

caf::expected<splitting_step> make_digits(const nlohmann::json& from) {
  auto alone = token_file::flag(from, "individual_digits");
  return make_known_split(
    R"(\p{N})", alone ? split_rule::isolated : split_rule::contiguous, false);
}

caf::expected<splitting_step> make_punctuation(const nlohmann::json& from) {
  auto name = token_file::text(from, "behavior");
  auto rule = split_rule_named(name.empty() ? "Isolated" : name);
  if (!rule)
    return rule.error();
  return make_known_split(R"([\p{P}!-/:-@\[-`{-~])", *rule, false);
}

caf::expected<splitting_step> make_whitespace(const nlohmann::json&) {
  return make_known_split(R"(\w+|[^\w\s]+)", split_rule::removed, true);
}

caf::expected<splitting_step> make_whitespace_split(const nlohmann::json&) {
  return make_known_split(R"(\s)", split_rule::removed, false);
}

struct pre_tokenizer_kind {
  std::string_view name;
  caf::expected<splitting_step> (*make)(const nlohmann::json&);
};

constexpr std::array pre_tokenizer_kinds{
  pre_tokenizer_kind{"ByteLevel", make_byte_level},
  pre_tokenizer_kind{"Split", make_split},
  pre_tokenizer_kind{"Metaspace", make_metaspace},
  pre_tokenizer_kind{"Digits", make_digits},
  pre_tokenizer_kind{"Punctuation", make_punctuation},
  pre_tokenizer_kind{"Whitespace", make_whitespace},
  pre_tokenizer_kind{"WhitespaceSplit", make_whitespace_split},
};

} // namespace

caf::error pre_tokenizer::read(const nlohmann::json& from, int depth) {
  auto name = token_file::text(from, "type");
  if (name == "Sequence" && depth < token_file::max_depth) {
    for (const auto& x : token_file::at(from, "pretokenizers"))
      if (auto err = read(x, depth + 1))
        return err;
    return {};
  }
  auto kind = std::ranges::find(pre_tokenizer_kinds, name,
                                &pre_tokenizer_kind::name);
  if (kind == pre_tokenizer_kinds.end())
    return token_file::unknown("pre_tokenizer", from);
  auto made = kind->make(from);
  if (!made)
    return made.error();
  steps_.push_back(std::move(*made));
  return {};
}

caf::expected<pre_tokenizer> pre_tokenizer::parse(const nlohmann::json& from) {
  pre_tokenizer result;
  if (from.is_null())
    return result;
  if (auto err = result.read(from, 0))
    return err;
  return result;
}

caf::error pre_tokenizer::run(text_pieces& text) const {
  auto before = text.bytes();
  for (const auto& x : steps_) {
    auto err = x(text);
    if (!err)
      err = token_file::check_growth(before, text.bytes());
    if (err)
      return err;
  }
  return {};
}

} // namespace ganglion
