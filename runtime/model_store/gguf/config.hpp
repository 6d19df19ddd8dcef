// The config.json that a GGUF file's metadata amount to: Llama (Mistral, too,
// which such files call llama), Qwen2, Qwen3 and GPT-2. A pure function; what
// the text means to a network is huggingface/config.hpp's to know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/formats/gguf_metadata.hpp"

namespace ganglion {

/// What the arrays say.
struct gguf_facts {
  /// Rows of token_embd.weight.
  std::uint64_t tokens = 0;
  /// Whether there is no output.weight.
  bool tied = false;
  /// rope_freqs.weight; empty where there is none.
  std::vector<float> factors;
};

/// Errors: bad_data naming the file, and what is missing, or not known.
caf::expected<std::string> gguf_config_text(const std::string& path,
                                            const gguf_metadata& from,
                                            const gguf_facts& facts);

/// The token that tokenizer.ggml.`name`_token_id names; none where it does not
/// say. Errors: bad_data where it is none of the model's.
caf::expected<std::optional<std::uint64_t>>
gguf_token(const std::string& path, const gguf_metadata& from,
           std::string_view name, std::uint64_t tokens);

/// bad_data: "'PATH': " and what is wrong.
caf::error gguf_problem(const std::string& path, std::string_view what);

} // namespace ganglion
