// What a config.json of Hugging Face's transformers says of a language model,
// as versions 4 and 5 write it: Llama, Mistral, Qwen2, Qwen3 and GPT-2. Plain
// values and a pure function; weights are elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/layers/attention_settings.hpp"
#include "metadata/network/activations.hpp"

namespace ganglion {

struct hf_config {
  /// LlamaForCausalLM and the like.
  std::string architecture;
  /// Values of the row that passes through all blocks.
  std::uint64_t width = 0;
  std::uint64_t blocks = 0;
  /// Key-value groups, each of as many query heads as `attention` says.
  std::uint64_t groups = 0;
  /// Units of a feed-forward layer.
  std::uint64_t units = 0;
  std::uint64_t tokens = 0;
  /// Positions of the longest sequence.
  std::uint64_t positions = 0;
  /// Of the normalisations.
  double epsilon = 0;
  attention_settings attention;
  activation_kind activation{};
  /// Whether the logits' weights are those of the embedding.
  bool tied = false;
  /// GPT-2: layer norms, biases, learned positions, and no gates.
  bool gpt2 = false;
  /// The token that begins a text; none where it is not said.
  std::int64_t first_token = -1;
  /// The token that ends it.
  std::int64_t last_token = -1;
};

/// Errors: bad_data naming what is missing, out of range, or of no known kind.
caf::expected<hf_config> parse_hf_config(std::string_view text);

} // namespace ganglion
