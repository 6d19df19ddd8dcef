#include "runtime/data/tokens/tokenizer.hpp"

#include <utility>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "runtime/data/tokens/added_tokens.hpp"
#include "runtime/data/tokens/characters.hpp"
#include "runtime/data/tokens/normalizer.hpp"
#include "runtime/data/tokens/pre_tokenizer.hpp"
#include "runtime/data/tokens/prompt_front.hpp"
#include "runtime/data/tokens/token_file.hpp"
#include "runtime/data/tokens/vocabulary.hpp"

namespace ganglion {

namespace {

/// Offsets of ICU's have 31 bits, and a symbol of a word takes 24 bytes.
constexpr std::size_t longest_text = std::size_t{1} << 28;

} // namespace

struct tokenizer::parts {
  vocabulary words;
  text_normalizer normalise;
  added_tokens added;
  pre_tokenizer split;
  token_decoder decoder;
  std::optional<std::vector<token_id>> front;
  bool of_bytes = false;

  static caf::expected<parts> parse(const nlohmann::json& all);

  caf::error read(std::string_view text, vocabulary::reader& reader,
                  std::vector<token_id>& out) const;
  caf::error read_between(std::string text, bool at_start,
                          vocabulary::reader& reader,
                          std::vector<token_id>& out) const;
};

caf::expected<tokenizer> tokenizer::parse(std::string_view text) {
  auto all = nlohmann::json::parse(text, nullptr, false);
  if (!all.is_object())
    return token_file::bad("no JSON object");
  auto made = parts::parse(all);
  if (!made)
    return made.error();
  tokenizer result;
  result.parts_ = std::make_shared<parts>(std::move(*made));
  return result;
}

caf::expected<tokenizer::parts>
tokenizer::parts::parse(const nlohmann::json& all) {
  const auto& extra = token_file::at(all, "added_tokens");
  auto words = vocabulary::parse(token_file::at(all, "model"), extra.size());
  if (!words)
    return words.error();
  auto normalise = text_normalizer::parse(token_file::at(all, "normalizer"));
  if (!normalise)
    return normalise.error();
  auto added = added_tokens::parse(extra, *normalise, *words);
  if (!added)
    return added.error();
  auto split = pre_tokenizer::parse(token_file::at(all, "pre_tokenizer"));
  if (!split)
    return split.error();
  auto decoder = token_decoder::parse(token_file::at(all, "decoder"));
  if (!decoder)
    return decoder.error();
  auto front = read_prompt_front(token_file::at(all, "post_processor"),
                                 words->size());
  if (!front)
    return front.error();
  auto of_bytes = words->has_bytes_alone() && extra.empty()
                  && token_file::at(all, "normalizer").is_null()
                  && token_file::at(all, "pre_tokenizer").is_null();
  return parts{std::move(*words), std::move(*normalise), std::move(*added),
               std::move(*split), std::move(*decoder),   std::move(*front),
               of_bytes};
}

std::size_t tokenizer::size() const noexcept {
  return parts_->words.size();
}

bool tokenizer::is_of_bytes() const noexcept {
  return parts_->of_bytes;
}

const std::optional<std::vector<token_id>>& tokenizer::front() const {
  return parts_->front;
}

caf::error tokenizer::parts::read_between(std::string text, bool at_start,
                                          vocabulary::reader& reader,
                                          std::vector<token_id>& out) const {
  text_pieces pieces{std::move(text), at_start};
  if (auto err = split.run(pieces))
    return err;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    if (auto err = reader.read(pieces[i], out))
      return err;
  return {};
}

caf::error tokenizer::parts::read(std::string_view text,
                                  vocabulary::reader& reader,
                                  std::vector<token_id>& out) const {
  for (const auto& x : added.split(text, false)) {
    if (x.what) {
      out.push_back(x.what->id);
      continue;
    }
    std::string changed{text.substr(x.begin, x.end - x.begin)};
    if (auto err = normalise.run(changed))
      return err;
    for (const auto& y : added.split(changed, true)) {
      if (y.what)
        out.push_back(y.what->id);
      else if (auto err = read_between(changed.substr(y.begin, y.end - y.begin),
                                       x.begin + y.begin == 0, reader, out))
        return err;
    }
  }
  return {};
}

caf::expected<std::vector<token_id>>
tokenizer::encode(std::string_view text) const {
  if (text.size() > longest_text)
    return make_failure(errc::bad_data,
                        fmt::format("the text has {} bytes, and a tokenizer "
                                    "takes {} at most: give it in pieces",
                                    text.size(), longest_text));
  std::vector<token_id> result;
  vocabulary::reader reader{parts_->words};
  if (is_of_bytes()) {
    if (auto err = reader.read_bytes(text, result))
      return err;
    return result;
  }
  if (auto at = characters::first_fault(text); at != characters::none)
    return make_failure(errc::bad_data,
                        fmt::format("the text is not UTF-8: no character is "
                                    "at byte {}",
                                    at));
  if (auto err = parts_->read(text, reader, result))
    return err;
  return result;
}

std::string tokenizer::decode(token_id token, decoded_text& so_far) const {
  if (token >= size())
    return {};
  const auto* added = parts_->added.find(token);
  const auto& text = added ? added->text : parts_->words.text(token);
  if (text.empty() || (added && added->special))
    return {};
  return parts_->decoder.next(text, so_far);
}

std::string tokenizer::decode(const std::vector<token_id>& tokens) const {
  std::string result;
  decoded_text so_far;
  for (auto x : tokens)
    result += decode(x, so_far);
  return result;
}

} // namespace ganglion
