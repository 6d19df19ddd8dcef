#include "runtime/generation/generator.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"
#include "runtime/ask.hpp"

namespace ganglion {

namespace {

caf::error cannot_generate(std::string text) {
  return make_failure(errc::bad_argument, std::move(text));
}

/// The rows of tokens that begin at a position.
tensor rows_of(std::span<const token_id> tokens, std::uint64_t position,
               std::uint32_t conversation) {
  matrix result{tokens.size(), layout_columns};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    auto row = result.row(i);
    row[token_column] = static_cast<float>(tokens[i]);
    row[position_column] = static_cast<float>(position + i);
    row[conversation_column] = static_cast<float>(conversation);
  }
  return std::move(result).freeze();
}

caf::error check_prompt(const network& net, const std::vector<token_id>& prompt,
                        const generation_options& how) {
  auto limits = limits_of(net);
  if (!limits)
    return cannot_generate("the network reads no tokens: it is no language "
                           "model");
  if (prompt.empty())
    return cannot_generate("the prompt is empty: give a text, or the token "
                           "that begins one");
  for (auto x : prompt)
    if (x >= limits->tokens)
      return cannot_generate(
        fmt::format("there is no token {}: they are numbered up to {}", x,
                    limits->tokens - 1));
  auto most = how.positions > 0 ? how.positions : limits->positions;
  if (prompt.size() > most)
    return cannot_generate(
      fmt::format("the prompt has {} tokens, and the model reads {} at most",
                  prompt.size(), most));
  return check(how.sampling);
}

/// Has the network read all tokens from `read` on, of a text of which `first`
/// others are forgotten; the scores of what follows.
/// Where it has lost what it had read, since weights or places have changed
/// meanwhile, it reads again from the start, to the same bits.
caf::expected<tensor>
read_on(caf::scoped_actor& self, const engine_actor& engine,
        std::span<const token_id> all, std::uint64_t first, std::uint64_t& read,
        const generation_options& how, const generation_listener& told) {
  tensor last;
  while (read < all.size()) {
    auto count = std::min<std::size_t>(all.size() - read, how.chunk);
    auto answer = ask<inference>(
      self, engine,
      infer{rows_of(all.subspan(read, count), read, how.conversation), {}});
    if (!answer && answer.error() == errc::not_found && read > 0) {
      read = 0;
      continue;
    }
    if (!answer)
      return answer.error();
    if (told.read)
      told.read(first + read, answer->outputs);
    read += count;
    last = answer->outputs.rows(answer->outputs.rows() - 1, 1);
  }
  return last;
}

} // namespace

caf::expected<std::vector<token_id>>
generate(caf::scoped_actor& self, const engine_actor& engine,
         const network& net, const std::vector<token_id>& prompt,
         const generation_options& how, const generation_listener& told) {
  if (auto err = check_prompt(net, prompt, how))
    return err;
  auto all = prompt;
  std::uint64_t read = 0;
  std::uint64_t first = 0;
  auto full = [&] {
    return how.positions > 0 && all.size() - first >= how.positions;
  };
  auto ends = [&] {
    return all.size() - prompt.size() >= how.tokens || (full() && !how.slides);
  };
  while (!ends()) {
    if (full()) {
      first = all.size() - (how.positions + 1) / 2;
      read = 0;
    }
    auto scores = read_on(self, engine, std::span{all}.subspan(first), first,
                          read, how, told);
    if (!scores)
      return scores.error();
    auto next = sample(scores->row(0), first + read, how.sampling);
    if (std::int64_t{next} == how.last_token)
      break;
    all.push_back(next);
    if (told.chosen && !told.chosen(next))
      break;
  }
  all.erase(all.begin(),
            all.begin() + static_cast<std::ptrdiff_t>(prompt.size()));
  return all;
}

} // namespace ganglion
