// Reads a tokenizer.json. What it does not know is refused by name: a text in
// other tokens than those of the training gives nonsense without a word.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/tokens/tokenizer.hpp"

namespace ganglion {

using json = nlohmann::json;

namespace {

/// Sequences of sequences.
constexpr int max_depth = 4;

caf::error no_tokenizer(std::string_view what) {
  return make_failure(errc::bad_data, fmt::format("tokenizer.json: {}", what));
}

std::string text_in(const json& from, const char* name) {
  auto i = from.is_object() ? from.find(name) : from.end();
  return from.is_object() && i != from.end() && i->is_string()
           ? i->get<std::string>()
           : std::string{};
}

const json& at(const json& from, const char* name) {
  static const json none;
  auto i = from.is_object() ? from.find(name) : from.end();
  return from.is_object() && i != from.end() ? *i : none;
}

/// "<0x0A>" -> 10.
int byte_of(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text.back() != '>')
    return -1;
  int result = 0;
  for (auto c : text.substr(3, 2)) {
    auto digit = c >= '0' && c <= '9'   ? c - '0'
                 : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                        : -1;
    if (digit < 0)
      return -1;
    result = 16 * result + digit;
  }
  return result;
}

} // namespace

class tokenizer_reader {
public:
  explicit tokenizer_reader(const json& all) : all_(all) {
    // nop
  }

  caf::expected<tokenizer> read() {
    auto err = read_vocabulary();
    if (!err)
      err = read_added();
    if (!err)
      err = read_merges();
    if (!err)
      err = read_normalizer(at(all_, "normalizer"));
    if (!err)
      err = read_decoder(at(all_, "decoder"));
    if (!err && !at(all_, "pre_tokenizer").is_null())
      err = unknown("pre_tokenizer", at(all_, "pre_tokenizer"));
    if (err)
      return err;
    return std::move(result_);
  }

private:
  static caf::error unknown(const char* what, const json& x) {
    return no_tokenizer(fmt::format("the {} '{}' is of a kind that is not "
                                    "known",
                                    what, printable(text_in(x, "type"))));
  }

  caf::error put(const std::string& text, const json& number, bool special) {
    // Numbers have no gaps, but those of tokens that were added.
    auto most = at(at(all_, "model"), "vocab").size()
                + at(all_, "added_tokens").size();
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() >= most)
      return no_tokenizer(fmt::format("the token '{}' has no number below {}, "
                                      "which is how many there are",
                                      printable(text), most));
    auto id = static_cast<token_id>(number.get<std::uint64_t>());
    if (result_.pieces_.size() <= id)
      result_.pieces_.resize(id + 1);
    result_.pieces_[id] = {text, special, false};
    result_.numbers_[text] = id;
    return {};
  }

  caf::error read_vocabulary() {
    constexpr std::size_t all_bytes = 256;
    const auto& model = at(all_, "model");
    if (text_in(model, "type") != "BPE")
      return unknown("model", model);
    const auto& words = at(model, "vocab");
    if (!words.is_object() || words.empty())
      return no_tokenizer("the model has no vocab");
    for (const auto& x : words.items())
      if (auto err = put(x.key(), x.value(), false))
        return err;
    result_.bytes_.resize(all_bytes);
    result_.has_byte_.resize(all_bytes);
    const auto& fallback = at(model, "byte_fallback");
    if (!fallback.is_boolean() || !fallback.get<bool>())
      return {};
    for (token_id id = 0; id < result_.pieces_.size(); ++id)
      if (auto byte = byte_of(result_.pieces_[id].text); byte >= 0) {
        result_.numbers_.erase(result_.pieces_[id].text);
        result_.pieces_[id] = {std::string(1, static_cast<char>(byte)), false,
                               true};
        result_.bytes_[static_cast<std::size_t>(byte)] = id;
        result_.has_byte_[static_cast<std::size_t>(byte)] = true;
      }
    return {};
  }

  caf::error read_added() {
    for (const auto& x : at(all_, "added_tokens")) {
      const auto& special = at(x, "special");
      auto text = text_in(x, "content");
      if (auto err = put(text, at(x, "id"),
                         special.is_boolean() && special.get<bool>()))
        return err;
      // A text that spells one means its letters.
      result_.numbers_.erase(text);
    }
    return {};
  }

  caf::error read_merges() {
    std::uint32_t rank = 0;
    for (const auto& x : at(at(all_, "model"), "merges")) {
      std::string left;
      std::string right;
      if (x.is_array() && x.size() == 2 && x[0].is_string()
          && x[1].is_string()) {
        left = x[0].get<std::string>();
        right = x[1].get<std::string>();
      } else if (x.is_string()) {
        auto text = x.get<std::string>();
        auto blank = text.find(' ');
        left = text.substr(0, blank);
        right = blank == text.npos ? "" : text.substr(blank + 1);
      }
      const auto& numbers = result_.numbers_;
      auto a = numbers.find(left);
      auto b = numbers.find(right);
      auto both = numbers.find(left + right);
      if (a == numbers.end() || b == numbers.end() || both == numbers.end())
        return no_tokenizer(
          fmt::format("merge {} is of '{}' and '{}', and not all of them and "
                      "what they become are tokens",
                      rank, printable(left), printable(right)));
      result_.merges_.try_emplace({a->second, b->second}, rank, both->second);
      ++rank;
    }
    return {};
  }

  caf::error read_normalizer(const json& x, int depth = 0) {
    auto kind = text_in(x, "type");
    if (x.is_null())
      return {};
    if (kind == "Sequence" && depth < max_depth) {
      for (const auto& y : at(x, "normalizers"))
        if (auto err = read_normalizer(y, depth + 1))
          return err;
      return {};
    }
    if (kind == "Prepend") {
      // In front of what was replaced already, it would be replaced as well.
      if (!result_.replaced_.empty() || !result_.prepended_.empty())
        return unknown("order of normalizers up to", x);
      result_.prepended_ = text_in(x, "prepend");
      return {};
    }
    auto from = text_in(at(x, "pattern"), "String");
    if (kind != "Replace" || from.empty())
      return unknown("normalizer", x);
    result_.replaced_.emplace_back(from, text_in(x, "content"));
    return {};
  }

  caf::error read_decoder(const json& x, int depth = 0) {
    auto kind = text_in(x, "type");
    if (x.is_null() || kind == "ByteFallback" || kind == "Fuse")
      return {};
    if (kind == "Sequence" && depth < max_depth) {
      for (const auto& y : at(x, "decoders"))
        if (auto err = read_decoder(y, depth + 1))
          return err;
      return {};
    }
    if (kind == "Strip" && text_in(x, "content") == " "
        && at(x, "start").is_number_unsigned()) {
      result_.stripped_ = at(x, "start").get<std::size_t>();
      return {};
    }
    auto from = text_in(at(x, "pattern"), "String");
    if (kind != "Replace" || from.empty())
      return unknown("decoder", x);
    result_.replaced_back_.emplace_back(from, text_in(x, "content"));
    return {};
  }

  const json& all_;
  tokenizer result_;
};

caf::expected<tokenizer> tokenizer::parse(std::string_view text) {
  auto all = json::parse(text, nullptr, false);
  if (!all.is_object())
    return no_tokenizer("no JSON object");
  return tokenizer_reader{all}.read();
}

} // namespace ganglion
