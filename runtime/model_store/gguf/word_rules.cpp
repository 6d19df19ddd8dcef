#include "runtime/model_store/gguf/word_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ganglion {

namespace {

using json = nlohmann::json;

/// Of GPT-2, as llama.cpp has it where a file does not say more.
constexpr std::array default_patterns{
  std::string_view{R"([\p{P}\$\+<=>\^~\|]+)"},
  std::string_view{
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))"},
  std::string_view{R"(\p{N}+)"}, std::string_view{R"([0-9][0-9][0-9])"}};

constexpr std::array llama3_patterns{std::string_view{
  R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"}};

constexpr std::array qwen2_patterns{std::string_view{
  R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"}};

json byte_level(bool own_words) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", own_words}};
}

template <class Patterns>
json split_by(const Patterns& patterns) {
  auto steps = json::array();
  for (auto x : patterns)
    steps.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", std::string{x}}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  steps.push_back(byte_level(false));
  return {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
}

} // namespace

bool find_gguf_word_rule(std::string_view name, gguf_word_rule& to) {
  constexpr std::array<std::string_view, 3> like_llama3{"llama-bpe", "llama-v3",
                                                        "llama3"};
  to = {};
  if (name == "default") {
    to.pre_tokenizer = split_by(default_patterns);
  } else if (name == "gpt-2") {
    to.pre_tokenizer = byte_level(true);
  } else if (name == "qwen2") {
    to.normalizer["type"] = "NFC";
    to.pre_tokenizer = split_by(qwen2_patterns);
  } else if (std::ranges::find(like_llama3, name) != like_llama3.end()) {
    to.pre_tokenizer = split_by(llama3_patterns);
    to.ignores_merges = true;
    to.adds_first = true;
  } else {
    return false;
  }
  return true;
}

} // namespace ganglion
