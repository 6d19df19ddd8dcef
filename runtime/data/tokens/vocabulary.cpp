#include "runtime/data/tokens/vocabulary.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/tokens/characters.hpp"
#include "runtime/data/tokens/token_file.hpp"

namespace ganglion {

namespace {

constexpr auto no_token = std::numeric_limits<vocabulary::number>::max();

/// The two sides of a merge, "a b" or ["a", "b"].
std::pair<std::string, std::string> sides_of(const nlohmann::json& merge) {
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string()
      && merge[1].is_string())
    return {merge[0].get<std::string>(), merge[1].get<std::string>()};
  if (!merge.is_string())
    return {};
  auto text = merge.get<std::string>();
  auto blank = text.find(' ');
  return {text.substr(0, blank),
          blank == text.npos ? "" : text.substr(blank + 1)};
}

} // namespace

std::optional<vocabulary::number>
vocabulary::find(std::string_view text) const {
  auto i = numbers_.find(text);
  return i == numbers_.end() ? std::nullopt : std::optional{i->second};
}

caf::error vocabulary::add(const std::string& text, const nlohmann::json& id) {
  auto wanted = id.is_number_unsigned() ? id.get<std::uint64_t>() : most_;
  if (wanted >= most_)
    return token_file::bad(
      fmt::format("the token '{}' has no number below {}, which is how many "
                  "there are",
                  printable(text), most_));
  auto token = static_cast<number>(wanted);
  if (auto found = find(text); found && *found == token)
    return {};
  if (auto found = find(text))
    return token_file::bad(fmt::format("the token '{}' has the numbers {} and "
                                       "{}",
                                       printable(text), *found, token));
  texts_.resize(std::max<std::size_t>(texts_.size(), token + 1));
  if (!texts_[token].empty())
    return token_file::bad(fmt::format("the tokens '{}' and '{}' have the same "
                                       "number, {}",
                                       printable(texts_[token]),
                                       printable(text), token));
  texts_[token] = text;
  numbers_.emplace(texts_[token], token);
  return {};
}

caf::error vocabulary::read_options(const nlohmann::json& model) {
  auto dropout = token_file::at(model, "dropout");
  if (!dropout.is_null() && dropout != 0)
    return token_file::bad("the model draws its merges (dropout): set dropout "
                           "to null, which gives the best tokens");
  for (const auto* name : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (!token_file::text(model, name).empty())
      return token_file::bad(
        fmt::format("the model has {}, which is not known", name));
  for (unsigned i = 0; i < bytes_.size(); ++i) {
    auto found = find(fmt::format("<0x{:02X}>", i));
    auto used = token_file::flag(model, "byte_fallback");
    bytes_[i] = found && used ? *found : no_token;
  }
  for (std::size_t i = 0; i < ascii_.size(); ++i)
    ascii_[i] = find(std::string(1, static_cast<char>(i))).value_or(no_token);
  unknown_ = find(token_file::text(model, "unk_token"));
  fuses_unknown_ = token_file::flag(model, "fuse_unk");
  ignores_merges_ = token_file::flag(model, "ignore_merges");
  return {};
}

caf::error vocabulary::read_merges(const nlohmann::json& model) {
  number rank = 0;
  for (const auto& x : token_file::at(model, "merges")) {
    auto [left, right] = sides_of(x);
    auto a = find(left);
    auto b = find(right);
    auto both = find(left + right);
    if (!a || !b || !both)
      return token_file::bad(
        fmt::format("merge {} is of '{}' and '{}', and not all of them and "
                    "what they become are tokens",
                    rank, printable(left), printable(right)));
    merges_.set(*a, *b, {rank, *both});
    ++rank;
  }
  return {};
}

caf::expected<vocabulary> vocabulary::parse(const nlohmann::json& model,
                                            std::size_t added) {
  if (token_file::text(model, "type") != "BPE")
    return token_file::unknown("model", model);
  const auto& words = token_file::at(model, "vocab");
  if (!words.is_object() || words.empty())
    return token_file::bad("the model has no vocab");
  vocabulary result;
  result.most_ = words.size() + added;
  result.texts_.reserve(result.most_);
  result.numbers_.reserve(result.most_);
  for (const auto& x : words.items())
    if (auto err = result.add(x.key(), x.value()))
      return err;
  auto err = result.read_options(model);
  if (!err)
    err = result.read_merges(model);
  if (err)
    return err;
  return result;
}

bool vocabulary::has_bytes_alone() const {
  auto bytes = std::ranges::count_if(bytes_,
                                     [](number x) { return x != no_token; });
  return static_cast<std::size_t>(bytes) == size();
}

caf::error vocabulary::reader::read_bytes(std::string_view text,
                                          std::vector<number>& out) {
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (of_.bytes_[byte] == no_token)
      return make_failure(errc::bad_data,
                          fmt::format("the tokenizer has no token for the byte "
                                      "0x{:02x} of the text",
                                      byte));
    out.push_back(of_.bytes_[byte]);
  }
  return {};
}

bool vocabulary::reader::add_bytes(std::string_view character) {
  auto byte_token = [&](char c) {
    return of_.bytes_[static_cast<unsigned char>(c)];
  };
  if (std::ranges::any_of(character,
                          [&](char c) { return byte_token(c) == no_token; }))
    return false;
  for (auto c : character)
    symbols_.push_back(byte_token(c));
  return true;
}

caf::error vocabulary::reader::add_unknown(std::string_view character) {
  if (!of_.unknown_)
    return make_failure(
      errc::bad_data,
      fmt::format("the tokenizer has no token for '{}' of the text, and none "
                  "for what is unknown",
                  printable(character)));
  if (unknown_waits_ && !of_.fuses_unknown_)
    symbols_.push_back(*of_.unknown_);
  unknown_waits_ = true;
  return {};
}

caf::error vocabulary::reader::add_symbols(std::string_view word) {
  auto end_unknown = [&] {
    if (unknown_waits_)
      symbols_.push_back(*of_.unknown_);
    unknown_waits_ = false;
  };
  while (!word.empty()) {
    auto first = static_cast<unsigned char>(word[0]);
    auto character = word.substr(0, characters::size_of_first(word));
    word.remove_prefix(character.size());
    auto token = first < of_.ascii_.size()
                   ? of_.ascii_[first]
                   : of_.find(character).value_or(no_token);
    if (token != no_token) {
      end_unknown();
      symbols_.push_back(token);
    } else if (!add_bytes(character)) {
      if (auto err = add_unknown(character))
        return err;
    }
  }
  end_unknown();
  return {};
}

caf::error vocabulary::reader::merge(std::string_view word,
                                     std::vector<number>& out) {
  symbols_.clear();
  unknown_waits_ = false;
  if (auto err = add_symbols(word))
    return err;
  merger_.run(of_.merges_, symbols_);
  out.insert(out.end(), symbols_.begin(), symbols_.end());
  return {};
}

caf::error vocabulary::reader::read(std::string_view word,
                                    std::vector<number>& out) {
  // Words come again and again; long ones do not.
  constexpr std::size_t longest_kept = 64;
  constexpr std::size_t most_kept = 1 << 16;
  if (of_.ignores_merges_)
    if (auto found = of_.find(word)) {
      out.push_back(*found);
      return {};
    }
  if (word.size() > longest_kept)
    return merge(word, out);
  key_ = word;
  if (auto i = known_.find(key_); i != known_.end()) {
    auto begin = kept_.begin() + static_cast<std::ptrdiff_t>(i->second.first);
    out.insert(out.end(), begin,
               begin + static_cast<std::ptrdiff_t>(i->second.second));
    return {};
  }
  if (auto err = merge(word, out))
    return err;
  if (known_.size() < most_kept) {
    known_.emplace(key_, std::pair{kept_.size(), symbols_.size()});
    kept_.insert(kept_.end(), symbols_.begin(), symbols_.end());
  }
  return {};
}

} // namespace ganglion
