#include "runtime/data/tokens/added_tokens.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "runtime/data/tokens/characters.hpp"
#include "runtime/data/tokens/token_file.hpp"

namespace ganglion {

void added_tokens::tree::add(const token& x) {
  number node = 0;
  for (auto c : x.text) {
    auto byte = static_cast<unsigned char>(c);
    const auto* child = children.find(node, byte);
    auto next = child ? child->first : static_cast<number>(ends.size());
    if (!child) {
      children.set(node, byte, {next, 0});
      ends.push_back(nullptr);
    }
    node = next;
  }
  ends[node] = &x;
}

const added_tokens::token*
added_tokens::tree::longest_at(std::string_view text) const {
  const token* result = nullptr;
  number node = 0;
  for (auto c : text) {
    const auto* child = children.find(node, static_cast<unsigned char>(c));
    if (!child)
      break;
    node = child->first;
    if (ends[node])
      result = ends[node];
  }
  return result;
}

caf::error added_tokens::add(const nlohmann::json& from,
                             const text_normalizer& normalise,
                             vocabulary& all) {
  auto text = token_file::text(from, "content");
  if (text.empty())
    return token_file::bad("an added token has no content");
  if (auto err = all.add(text, token_file::at(from, "id")))
    return err;
  auto id = *all.find(text);
  auto normalised = token_file::flag(from, "normalized");
  if (normalised)
    if (auto err = normalise.run(text))
      return err;
  auto [i, is_new] = tokens_.try_emplace(
    id,
    token{std::move(text), id, token_file::flag(from, "special"),
          token_file::flag(from, "single_word"),
          token_file::flag(from, "lstrip"), token_file::flag(from, "rstrip")});
  if (is_new && !i->second.text.empty())
    (normalised ? normalised_ : raw_).add(i->second);
  return {};
}

caf::expected<added_tokens>
added_tokens::parse(const nlohmann::json& from,
                    const text_normalizer& normalise, vocabulary& all) {
  added_tokens result;
  for (const auto& x : from)
    if (auto err = result.add(x, normalise, all))
      return err;
  return result;
}

const added_tokens::token* added_tokens::find(number id) const {
  auto i = tokens_.find(id);
  return i == tokens_.end() ? nullptr : &i->second;
}

std::vector<added_tokens::section> added_tokens::split(std::string_view text,
                                                       bool normalised) const {
  const auto& by = normalised ? normalised_ : raw_;
  std::vector<section> result;
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto* x = by.longest_at(text.substr(i));
    if (!x) {
      ++i;
      continue;
    }
    auto begin = i;
    i += x->text.size();
    auto end = i;
    if (x->single_word
        && (characters::ends_in_word(text.substr(0, begin))
            || characters::begins_in_word(text.substr(end))))
      continue;
    if (x->takes_blanks_before)
      begin = std::max(done,
                       begin - characters::blank_at_end(text.substr(0, begin)));
    if (x->takes_blanks_after)
      end += characters::blank_at_start(text.substr(end));
    if (begin > done)
      result.push_back({done, begin, nullptr});
    result.push_back({begin, end, x});
    done = end;
  }
  if (done < text.size())
    result.push_back({done, text.size(), nullptr});
  return result;
}

} // namespace ganglion
