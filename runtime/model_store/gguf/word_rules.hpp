// How the names in tokenizer.ggml.pre have a text cut into words before bytes
// merge: the parts of a tokenizer.json that say so. A pure function, by
// llama.cpp's list (src/llama-vocab.cpp) and the files of those tokenizers.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

namespace ganglion {

// NOLINTNEXTLINE(bugprone-exception-escape): moving JSON throws nothing
struct gguf_word_rule {
  nlohmann::json normalizer;
  nlohmann::json pre_tokenizer;
  /// A word that is a token is that token, whatever merges.
  bool ignores_merges = false;
  /// Whether a text begins with the begin-of-text token, where nothing says.
  bool adds_first = false;
};

/// For messages.
inline constexpr std::string_view gguf_word_rule_names
  = "default, gpt-2, llama-bpe and qwen2";

/// False where the name is not known.
bool find_gguf_word_rule(std::string_view name, gguf_word_rule& to);

} // namespace ganglion
