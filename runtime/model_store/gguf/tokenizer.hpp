// The tokenizer.json, and the tokenizer_config.json, that the vocabulary in a
// GGUF file amounts to: pieces with scores (tokenizer.ggml.model llama, as
// SentencePiece has them), or merges of bytes (gpt2). A pure function; the
// texts are read by runtime/data/tokens/tokenizer.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <caf/expected.hpp>

#include "runtime/model_store/formats/gguf_metadata.hpp"

namespace ganglion {

struct gguf_tokenizer {
  std::string json;
  std::string config;
};

/// None where the file has no vocabulary. `tokens`: as many as the embedding
/// has rows. Errors: bad_data naming the file, and what is missing, not known,
/// or disagrees with the model.
caf::expected<std::optional<gguf_tokenizer>>
read_gguf_tokenizer(const std::string& path, const gguf_metadata& from,
                    std::uint64_t tokens);

} // namespace ganglion
