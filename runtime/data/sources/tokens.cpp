// A text as the numbers of its tokens, see
// runtime/data/tokens/token_numbers.hpp; whoever made them knows which
// vocabulary they are of.
#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "metadata/text/names.hpp"
#include "runtime/data/sources/data_source.hpp"
#include "runtime/data/tokens/token_numbers.hpp"
#include "runtime/data/tokens/tokenizer.hpp"

namespace ganglion {

namespace {

constexpr std::string_view tokens_prefix = "tokens:";

bool is_token_file(const std::string& spec) {
  return spec.starts_with(tokens_prefix);
}

/// Of those that were asked for, to go on with the text later; null: none.
caf::expected<std::shared_ptr<const std::string>>
words_for(const window_options& x) {
  if (x.known || x.tokenizer.empty())
    return x.known;
  if (x.tokenizer == "bytes")
    return bad_source("--tokenizer bytes is about text:FILE, and tokens are "
                      "numbers already: leave it out");
  auto text = read_tokenizer(x.tokenizer);
  if (!text)
    return text.error();
  return std::make_shared<const std::string>(std::move(*text));
}

/// How many tokens there are, of which `largest` is one that is used.
caf::expected<std::uint64_t> tokens_of(const std::string& words,
                                       token_id largest) {
  auto with = tokenizer::parse(words);
  if (!with)
    return with.error();
  if (largest < with->size())
    return with->size();
  return bad_source(
    fmt::format("there is the token {}, and the tokenizer knows "
                "those below {}: give the one that made them",
                largest, with->size()));
}

caf::expected<dataset_bundle> load_tokens(const data_request& x) {
  auto path = x.spec.substr(tokens_prefix.size());
  auto found = read_token_numbers(path);
  if (!found)
    return found.error();
  if (found->tokens.empty())
    return bad_source(fmt::format("'{}' has no tokens: name a file with "
                                  "numbers",
                                  printable_path(path)));
  auto largest = std::ranges::max(found->tokens);
  auto words = words_for(x.options.windows.value_or(window_options{}));
  if (!words)
    return words.error();
  auto classes = *words ? tokens_of(**words, largest)
                        : std::uint64_t{largest} + 1;
  if (!classes)
    return classes.error();
  auto note = fmt::format("{} tokens up to {}, of {}", found->tokens.size(),
                          largest, found->what);
  auto result = load_windows(x, std::move(found->tokens), *classes);
  if (!result)
    return result;
  result->train.tokenizer = std::move(*words);
  result->train.notes.push_back(std::move(note));
  return result;
}

} // namespace

const data_source& tokens_source() {
  static constexpr data_source result{"tokens:FILE", is_token_file,
                                      load_tokens};
  return result;
}

} // namespace ganglion
