// What a config.json of Hugging Face's transformers says of a language model,
// as versions 4 and 5 write it: Llama, Mistral, Qwen2, Qwen3 and GPT-2. Plain
// values and a pure function; weights are elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/decoders/decoder_network.hpp"

namespace ganglion {

struct hf_config : decoder_shape {
  /// LlamaForCausalLM and the like.
  std::string architecture;
  /// Whether the logits' weights are those of the embedding.
  bool tied = false;
  /// The token that begins a text; none where it is not said.
  std::int64_t first_token = -1;
  /// The token that ends it.
  std::int64_t last_token = -1;
};

/// What transformers would call a network of this shape that was made here.
hf_config config_of(const decoder_shape& x);

/// A config.json that gives the same again.
std::string to_text(const hf_config& x);

/// A config.json whose weights are float32 from now on, and have logits of
/// their own where these `came_apart` from the embedding; else as it was.
std::string exported_config(const std::string& text, bool came_apart);

/// Errors: bad_data naming what is missing, out of range, or of no known kind.
caf::expected<hf_config> parse_hf_config(std::string_view text);

} // namespace ganglion
