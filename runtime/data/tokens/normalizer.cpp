#include "runtime/data/tokens/normalizer.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include "metadata/error.hpp"
#include "runtime/data/tokens/characters.hpp"
#include "runtime/data/tokens/text_pattern.hpp"
#include "runtime/data/tokens/token_file.hpp"

namespace ganglion {

namespace {

using normalizing_step = text_normalizer::step;
using form_of_unicode = const icu::Normalizer2* (*)(UErrorCode&);

/// A form that ICU knows; what is ASCII has all of them.
template <form_of_unicode Form>
caf::expected<normalizing_step> make_form(const nlohmann::json&) {
  return normalizing_step{[](std::string& text) -> caf::error {
    if (std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; }))
      return {};
    UErrorCode status = U_ZERO_ERROR;
    std::string result;
    icu::StringByteSink<std::string> sink{&result};
    if (const auto* form = Form(status); form && U_SUCCESS(status) != 0)
      form->normalizeUTF8(0,
                          {text.data(), static_cast<std::int32_t>(text.size())},
                          sink, nullptr, status);
    if (U_FAILURE(status) != 0)
      return make_failure(errc::system, "ICU lacks its tables of Unicode's "
                                        "normal forms: install it whole");
    text = std::move(result);
    return {};
  }};
}

caf::expected<normalizing_step> make_prepend(const nlohmann::json& from) {
  return normalizing_step{
    [front = token_file::text(from, "prepend")](std::string& text) {
      if (!text.empty())
        text.insert(0, front);
      return caf::error{};
    }};
}

caf::expected<normalizing_step> make_replace(const nlohmann::json& from) {
  auto pattern = text_pattern::parse(token_file::at(from, "pattern"));
  if (!pattern)
    return pattern.error();
  return normalizing_step{
    [what = std::move(*pattern),
     by = token_file::text(from, "content")](std::string& text) -> caf::error {
      std::vector<text_pattern::span> spans;
      if (auto err = text_pattern::finder{what}.find(text, spans))
        return err;
      std::string result;
      for (const auto& x : spans) {
        result += x.found ? by : text.substr(x.begin, x.end - x.begin);
        if (auto err = token_file::check_growth(text.size(), result.size()))
          return err;
      }
      text = std::move(result);
      return {};
    }};
}

caf::expected<normalizing_step> make_strip(const nlohmann::json& from) {
  return normalizing_step{
    [left = token_file::flag(from, "strip_left"),
     right = token_file::flag(from, "strip_right")](std::string& text) {
      if (left)
        text.erase(0, characters::blank_at_start(text));
      if (right)
        text.resize(text.size() - characters::blank_at_end(text));
      return caf::error{};
    }};
}

template <auto Change>
caf::expected<normalizing_step> make_change(const nlohmann::json&) {
  return normalizing_step{[](std::string& text) {
    text = Change(text);
    return caf::error{};
  }};
}

struct normalizer_kind {
  std::string_view name;
  caf::expected<normalizing_step> (*make)(const nlohmann::json&);
};

constexpr std::array normalizer_kinds{
  normalizer_kind{"NFC", make_form<icu::Normalizer2::getNFCInstance>},
  normalizer_kind{"NFD", make_form<icu::Normalizer2::getNFDInstance>},
  normalizer_kind{"NFKC", make_form<icu::Normalizer2::getNFKCInstance>},
  normalizer_kind{"NFKD", make_form<icu::Normalizer2::getNFKDInstance>},
  normalizer_kind{"Prepend", make_prepend},
  normalizer_kind{"Replace", make_replace},
  normalizer_kind{"Strip", make_strip},
  normalizer_kind{"Lowercase", make_change<characters::lower_case>},
  normalizer_kind{"ByteLevel", make_change<characters::bytes_as_characters>},
};

} // namespace

caf::error text_normalizer::read(const nlohmann::json& from, int depth) {
  auto name = token_file::text(from, "type");
  if (name == "Sequence" && depth < token_file::max_depth) {
    for (const auto& x : token_file::at(from, "normalizers"))
      if (auto err = read(x, depth + 1))
        return err;
    return {};
  }
  auto kind = std::ranges::find(normalizer_kinds, name, &normalizer_kind::name);
  if (kind == normalizer_kinds.end())
    return token_file::unknown("normalizer", from);
  auto made = kind->make(from);
  if (!made)
    return made.error();
  steps_.push_back(std::move(*made));
  return {};
}

caf::expected<text_normalizer>
text_normalizer::parse(const nlohmann::json& from) {
  text_normalizer result;
  if (from.is_null())
    return result;
  if (auto err = result.read(from, 0))
    return err;
  return result;
}

caf::error text_normalizer::run(std::string& text) const {
  auto before = text.size();
  for (const auto& x : steps_) {
    auto err = x(text);
    if (!err)
      err = token_file::check_growth(before, text.size());
    if (err)
      return err;
  }
  return {};
}

} // namespace ganglion
