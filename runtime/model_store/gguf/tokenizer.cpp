#include "runtime/model_store/gguf/tokenizer.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/text/names.hpp"
#include "runtime/model_store/gguf/config.hpp"
#include "runtime/model_store/gguf/piece_merges.hpp"
#include "runtime/model_store/gguf/tokenizer_parts.hpp"
#include "runtime/model_store/gguf/word_rules.hpp"

namespace ganglion {

namespace {

using json = nlohmann::json;

constexpr auto lenient = json::error_handler_t::replace;

/// As tokenizer.ggml.token_type numbers them.
enum class token_kind : std::uint8_t {
  undefined,
  normal,
  unknown,
  control,
  user_defined,
  unused,
  byte,
};

bool is_text(const std::string& x) {
  auto written = json(x).dump(-1, ' ', false, lenient);
  return json::parse(written, nullptr, false) == x;
}

/// The vocabulary, and what is said of it; what is amiss is an error of `read`.
class vocabulary_reader {
public:
  vocabulary_reader(const std::string& path, const gguf_metadata& from,
                    std::uint64_t tokens)
    : path_(path), from_(from), count_(tokens) {
    // nop
  }

  caf::error read();

  [[nodiscard]] std::string tokenizer_text() const;

  [[nodiscard]] std::string config_text() const;

private:
  [[nodiscard]] caf::error bad(std::string_view what) const {
    return gguf_problem(path_, what);
  }

  caf::error read_tokens();
  caf::error read_kinds();
  caf::error read_special();
  caf::error read_pieces();
  caf::error read_bytes();

  [[nodiscard]] bool flag(const std::string& key, bool usual) const {
    const auto* x = from_.find_as<bool>(key);
    return x ? *x : usual;
  }

  [[nodiscard]] const std::string& text_of(std::uint64_t token) const {
    return (*texts_)[token];
  }

  [[nodiscard]] bool has(token_kind x) const {
    return std::ranges::find(kinds_, x) != kinds_.end();
  }

  [[nodiscard]] json added() const;

  const std::string& path_;
  const gguf_metadata& from_;
  std::uint64_t count_;
  const std::vector<std::string>* texts_ = nullptr;
  std::vector<token_kind> kinds_;
  std::optional<std::uint64_t> begin_;
  std::optional<std::uint64_t> end_;
  std::optional<std::uint64_t> unknown_;
  bool adds_first_ = false;
  json model_;
  json normalizer_;
  json pre_tokenizer_;
  json decoder_;
};

caf::error vocabulary_reader::read_tokens() {
  const char* key = "tokenizer.ggml.tokens";
  texts_ = from_.find_as<std::vector<std::string>>(key);
  if (!texts_)
    return bad(fmt::format("{} is missing, or is no list of texts", key));
  if (texts_->size() != count_)
    return bad(fmt::format("its vocabulary has {} tokens, and the embedding "
                           "{}: they are not of one model",
                           texts_->size(), count_));
  std::unordered_map<std::string_view, std::size_t> seen;
  auto words = json::object();
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& text = text_of(i);
    auto [before, is_new] = seen.emplace(text, i);
    if (!is_new)
      return bad(fmt::format("its tokens {} and {} are both '{}'",
                             before->second, i, printable(text)));
    if (!is_text(text))
      return bad(fmt::format("its token {} is not UTF-8", i));
    words[text] = i;
  }
  model_ = {{"type", "BPE"}, {"vocab", std::move(words)}};
  return {};
}

caf::error vocabulary_reader::read_kinds() {
  const char* key = "tokenizer.ggml.token_type";
  const auto* kinds = from_.find_as<std::vector<double>>(key);
  if (!kinds || kinds->size() != count_)
    return bad(
      fmt::format("{} is no list of {} numbers, one a token", key, count_));
  constexpr auto last = static_cast<double>(token_kind::byte);
  for (auto x : *kinds) {
    if (x < 0 || x > last)
      return bad(fmt::format("{} has {}, which is not known", key, x));
    kinds_.push_back(static_cast<token_kind>(x));
  }
  return {};
}

caf::error vocabulary_reader::read_special() {
  for (auto [name, to] : {std::pair{"bos", &begin_}, std::pair{"eos", &end_},
                          std::pair{"unknown", &unknown_}}) {
    auto id = gguf_token(path_, from_, name, count_);
    if (!id)
      return id.error();
    *to = *id;
  }
  for (const auto* name : {"add_eos_token", "add_sep_token"})
    if (flag(fmt::format("tokenizer.ggml.{}", name), false))
      return bad(fmt::format("tokenizer.ggml.{} is true, and only a token at "
                             "the front is known",
                             name));
  adds_first_ = flag("tokenizer.ggml.add_bos_token", adds_first_);
  if (adds_first_ && !begin_)
    return bad("tokenizer.ggml.bos_token_id is missing: a text would begin "
               "with that token");
  return {};
}

caf::error vocabulary_reader::read_pieces() {
  const char* key = "tokenizer.ggml.scores";
  const auto* scores = from_.find_as<std::vector<double>>(key);
  if (!scores || scores->size() != count_)
    return bad(
      fmt::format("{} is no list of {} numbers, one a token", key, count_));
  std::vector<scored_piece> pieces;
  for (std::size_t i = 0; i < count_; ++i)
    if (kinds_[i] == token_kind::normal)
      pieces.push_back({text_of(i), (*scores)[i]});
  if (std::ranges::any_of(*scores, [](double x) { return x != x; }))
    return bad(fmt::format("{} has what is no number", key));
  auto merges = json::array();
  for (const auto& x : merges_of(pieces))
    merges.push_back(
      json::array({std::string{x.first}, std::string{x.second}}));
  model_["merges"] = std::move(merges);
  model_["byte_fallback"] = has(token_kind::byte);
  model_["fuse_unk"] = true;
  if (unknown_)
    model_["unk_token"] = text_of(*unknown_);
  auto has_prefix = flag("tokenizer.ggml.add_space_prefix", true);
  normalizer_ = piece_normalizer(has_prefix);
  decoder_ = piece_decoder(has_prefix);
  return {};
}

caf::error vocabulary_reader::read_bytes() {
  const char* key = "tokenizer.ggml.merges";
  const auto* merges = from_.find_as<std::vector<std::string>>(key);
  if (!merges)
    return bad(fmt::format("{} is missing, or is no list of texts", key));
  for (const auto& x : *merges)
    if (!is_text(x))
      return bad(fmt::format("{} has what is not UTF-8", key));
  model_["merges"] = *merges;
  decoder_ = json::object();
  decoder_["type"] = "ByteLevel";
  return {};
}

caf::error vocabulary_reader::read() {
  auto of_pieces = *from_.find_as<std::string>("tokenizer.ggml.model")
                   == "llama";
  adds_first_ = of_pieces;
  if (!of_pieces) {
    const auto* name = from_.find_as<std::string>("tokenizer.ggml.pre");
    gguf_word_rule rule;
    if (!find_gguf_word_rule(name ? *name : "default", rule))
      return bad(fmt::format("tokenizer.ggml.pre '{}' is not known: {} are",
                             printable(*name), gguf_word_rule_names));
    normalizer_ = std::move(rule.normalizer);
    pre_tokenizer_ = std::move(rule.pre_tokenizer);
    adds_first_ = rule.adds_first;
    model_["ignore_merges"] = rule.ignores_merges;
  }
  auto err = read_tokens();
  if (!err)
    err = read_kinds();
  if (!err)
    err = read_special();
  if (!err)
    err = of_pieces ? read_pieces() : read_bytes();
  return err;
}

/// Tokens of their own, which no merge makes.
json vocabulary_reader::added() const {
  auto result = json::array();
  for (std::size_t i = 0; i < count_; ++i) {
    auto user = kinds_[i] == token_kind::user_defined;
    if (!user && kinds_[i] != token_kind::control
        && kinds_[i] != token_kind::unknown)
      continue;
    result.push_back(added_token(i, text_of(i), !user));
  }
  return result;
}

std::string vocabulary_reader::tokenizer_text() const {
  std::optional<std::pair<std::uint64_t, std::string>> first;
  if (adds_first_)
    first.emplace(*begin_, text_of(*begin_));
  json all{{"version", "1.0"},
           {"added_tokens", added()},
           {"normalizer", normalizer_},
           {"pre_tokenizer", pre_tokenizer_},
           {"post_processor", front_token(first)},
           {"decoder", decoder_},
           {"model", model_}};
  return all.dump(1, ' ', false, lenient) + '\n';
}

std::string vocabulary_reader::config_text() const {
  json all{{"add_bos_token", adds_first_},
           {"tokenizer_class", "PreTrainedTokenizerFast"}};
  for (auto [name, token] :
       {std::pair{"bos_token", begin_}, std::pair{"eos_token", end_},
        std::pair{"unk_token", unknown_}})
    if (token)
      all[name] = text_of(*token);
  if (const auto* x = from_.find_as<std::string>("tokenizer.chat_template"))
    all["chat_template"] = *x;
  return all.dump(1, ' ', false, lenient) + '\n';
}

} // namespace

caf::expected<std::optional<gguf_tokenizer>>
read_gguf_tokenizer(const std::string& path, const gguf_metadata& from,
                    std::uint64_t tokens) {
  const auto* model = from.find_as<std::string>("tokenizer.ggml.model");
  if (!model || *model == "none")
    return std::optional<gguf_tokenizer>{};
  if (*model != "llama" && *model != "gpt2")
    return gguf_problem(path, fmt::format("tokenizer.ggml.model '{}' is not "
                                          "known: llama, gpt2 and none are",
                                          printable(*model)));
  vocabulary_reader reader{path, from, tokens};
  if (auto err = reader.read())
    return err;
  return std::optional{
    gguf_tokenizer{reader.tokenizer_text(), reader.config_text()}};
}

} // namespace ganglion
