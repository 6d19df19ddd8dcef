#include "runtime/data/tokens/tokenizer.hpp"

#include <algorithm>
#include <compare>
#include <functional>
#include <queue>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

std::string replaced_in(std::string text, std::string_view from,
                        std::string_view to) {
  if (from.empty())
    return text;
  for (auto i = text.find(from); i != text.npos;
       i = text.find(from, i + to.size()))
    text.replace(i, from.size(), to);
  return text;
}

/// Bytes of the UTF-8 character that begins here; 0 where none does.
std::size_t character_at(std::string_view text) {
  auto first = static_cast<unsigned char>(text[0]);
  std::size_t size = first < 0x80   ? 1
                     : first < 0xc2 ? 0
                     : first < 0xe0 ? 2
                     : first < 0xf0 ? 3
                     : first < 0xf5 ? 4
                                    : 0;
  if (size > text.size())
    return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
      return 0;
  return size;
}

} // namespace

std::string tokenizer::normalised(std::string_view text) const {
  auto result = prepended_ + std::string{text};
  for (const auto& [from, to] : replaced_)
    result = replaced_in(std::move(result), from, to);
  return result;
}

caf::error tokenizer::split_bytes(std::string_view text,
                                  std::vector<token_id>& out) const {
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (!has_byte_[byte])
      return make_failure(errc::bad_data,
                          fmt::format("the tokenizer has no token for the byte "
                                      "0x{:02x} of the text",
                                      byte));
    out.push_back(bytes_[byte]);
  }
  return {};
}

caf::error tokenizer::split(std::string_view text,
                            std::vector<token_id>& out) const {
  if (is_of_bytes())
    return split_bytes(text, out);
  while (!text.empty()) {
    auto size = character_at(text);
    if (size == 0)
      return make_failure(errc::bad_data, "the text is not UTF-8");
    auto found = numbers_.find(std::string{text.substr(0, size)});
    if (found != numbers_.end())
      out.push_back(found->second);
    else if (auto err = split_bytes(text.substr(0, size), out))
      return err;
    text.remove_prefix(size);
  }
  return {};
}

// Of all neighbours that may become one, those of the lowest rank do, the first
// of equals; a queue has them in that order, with some that are no neighbours
// any more.
class tokenizer::merger {
public:
  merger(const tokenizer& with, std::vector<token_id>& tokens)
    : with_(with),
      tokens_(tokens),
      next_(tokens.size()),
      before_(tokens.size()),
      gone_(tokens.size()) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      next_[i] = i + 1 < tokens.size() ? i + 1 : none;
      before_[i] = i > 0 ? i - 1 : none;
    }
    for (std::size_t i = 0; i < tokens.size(); ++i)
      offer(i);
  }

  void run() {
    while (!queue_.empty()) {
      auto x = queue_.top();
      queue_.pop();
      if (is_there(x))
        join(x);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      if (!gone_[i])
        tokens_[kept++] = tokens_[i];
    tokens_.resize(kept);
  }

private:
  static constexpr auto none = static_cast<std::size_t>(-1);

  struct candidate {
    std::uint32_t rank = 0;
    std::size_t at = 0;
    token_id left = 0;
    token_id right = 0;

    auto operator<=>(const candidate&) const = default;
  };

  [[nodiscard]] bool is_there(const candidate& x) const {
    return !gone_[x.at] && next_[x.at] != none && tokens_[x.at] == x.left
           && tokens_[next_[x.at]] == x.right;
  }

  void offer(std::size_t i) {
    if (i == none || next_[i] == none)
      return;
    auto found = with_.merges_.find({tokens_[i], tokens_[next_[i]]});
    if (found != with_.merges_.end())
      queue_.push({found->second.first, i, tokens_[i], tokens_[next_[i]]});
  }

  void join(const candidate& x) {
    auto taken = next_[x.at];
    tokens_[x.at] = with_.merges_.at({x.left, x.right}).second;
    gone_[taken] = true;
    next_[x.at] = next_[taken];
    if (next_[x.at] != none)
      before_[next_[x.at]] = x.at;
    offer(before_[x.at]);
    offer(x.at);
  }

  const tokenizer& with_;
  std::vector<token_id>& tokens_;
  std::vector<std::size_t> next_;
  std::vector<std::size_t> before_;
  std::vector<bool> gone_;
  std::priority_queue<candidate, std::vector<candidate>, std::greater<>> queue_;
};

caf::expected<std::vector<token_id>>
tokenizer::encode(std::string_view text) const {
  std::vector<token_id> result;
  if (text.empty())
    return result;
  if (auto err = split(normalised(text), result))
    return err;
  if (!merges_.empty())
    merger{*this, result}.run();
  return result;
}

std::string tokenizer::decode(token_id token, bool first) const {
  if (token >= pieces_.size() || pieces_[token].special)
    return {};
  const auto& x = pieces_[token];
  if (x.byte)
    return x.text;
  auto result = x.text;
  for (const auto& [from, to] : replaced_back_)
    result = replaced_in(std::move(result), from, to);
  if (first) {
    auto blanks = std::min(result.find_first_not_of(' '), result.size());
    result.erase(0, std::min(blanks, stripped_));
  }
  return result;
}

std::string tokenizer::decode(const std::vector<token_id>& tokens) const {
  std::string result;
  auto first = true;
  for (auto x : tokens) {
    auto text = decode(x, first);
    // What shows nothing begins no text.
    first = first && (x >= pieces_.size() || pieces_[x].special);
    result += text;
  }
  return result;
}

} // namespace ganglion
