// The networks of language models as they are published: decoders, in the two
// families of GPT-2 and of Llama, from a handful of sizes. Plain values and a
// pure function; texts that name such a network are read in decoder_text.hpp,
// files of published models in runtime/model_store/huggingface/.
#pragma once

#include <cstdint>

#include <caf/expected.hpp>

#include "metadata/layers/attention_settings.hpp"
#include "metadata/network/activations.hpp"
#include "metadata/network/network.hpp"

namespace ganglion {

struct decoder_shape {
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
  /// GPT-2: layer norms, biases, learned positions, and no gates.
  bool gpt2 = false;
};

/// Layers: text (token, position, conversation), embedding, then of each block
/// blockN.norm1, .attention, .output, .norm2, .gated (GPT-2: .units), .down;
/// norm, logits.
/// Errors: bad_network.
caf::expected<network> network_of(const decoder_shape& x);

} // namespace ganglion
