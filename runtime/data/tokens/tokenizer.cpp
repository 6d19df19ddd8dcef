#include "runtime/data/tokens/tokenizer.hpp"

#include <algorithm>
#include <queue>
#include <tuple>

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

caf::error tokenizer::split(std::string_view text,
                            std::vector<token_id>& out) const {
  while (!text.empty()) {
    auto size = character_at(text);
    if (size == 0)
      return make_failure(errc::bad_data, "the text is not UTF-8");
    auto found = numbers_.find(std::string{text.substr(0, size)});
    if (found != numbers_.end()) {
      out.push_back(found->second);
    } else {
      for (auto c : text.substr(0, size)) {
        auto byte = static_cast<unsigned char>(c);
        if (!has_byte_[byte])
          return make_failure(errc::bad_data,
                              fmt::format("the tokenizer has no token for the "
                                          "byte 0x{:02x} of the text",
                                          byte));
        out.push_back(bytes_[byte]);
      }
    }
    text.remove_prefix(size);
  }
  return {};
}

// Of all neighbours that may become one, those of the lowest rank do, the first
// of equals; a queue has them in that order, with some that are no neighbours
// any more.
void tokenizer::merge(std::vector<token_id>& tokens) const {
  constexpr auto none = static_cast<std::size_t>(-1);
  using candidate = std::tuple<std::uint32_t, std::size_t, token_id, token_id>;
  std::priority_queue<candidate, std::vector<candidate>, std::greater<>> queue;
  std::vector<std::size_t> next(tokens.size());
  std::vector<std::size_t> before(tokens.size());
  std::vector<bool> gone(tokens.size());
  auto offer = [&](std::size_t i) {
    if (i == none || next[i] == none)
      return;
    auto found = merges_.find({tokens[i], tokens[next[i]]});
    if (found != merges_.end())
      queue.emplace(found->second.first, i, tokens[i], tokens[next[i]]);
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    next[i] = i + 1 < tokens.size() ? i + 1 : none;
    before[i] = i > 0 ? i - 1 : none;
  }
  for (std::size_t i = 0; i < tokens.size(); ++i)
    offer(i);
  while (!queue.empty()) {
    auto [rank, i, left, right] = queue.top();
    queue.pop();
    if (gone[i] || next[i] == none || tokens[i] != left
        || tokens[next[i]] != right)
      continue;
    auto taken = next[i];
    tokens[i] = merges_.at({left, right}).second;
    gone[taken] = true;
    next[i] = next[taken];
    if (next[i] != none)
      before[next[i]] = i;
    offer(before[i]);
    offer(i);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (!gone[i])
      tokens[kept++] = tokens[i];
  tokens.resize(kept);
}

caf::expected<std::vector<token_id>>
tokenizer::encode(std::string_view text) const {
  std::vector<token_id> result;
  if (text.empty())
    return result;
  if (auto err = split(normalised(text), result))
    return err;
  merge(result);
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
