// A language model of Hugging Face's as a network: its layers, and which array
// of the files each named part of their parameters is. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/network/network.hpp"
#include "runtime/model_store/huggingface/config.hpp"

namespace ganglion {

/// Layers: text (token, position, conversation), embedding, then of each block
/// blockN.norm1, .attention, .output, .norm2, .gated (GPT-2: .units), .down;
/// norm, logits.
/// Errors: bad_network.
caf::expected<network> network_of(const hf_config& x);

/// Where a part of a layer's parameters comes from.
struct hf_source {
  layer_id layer = 0;
  std::size_t part = 0;
  std::string tensor;
  /// Whether the file has [inputs x outputs], where a row of a neuron is a
  /// column.
  bool transposed = false;
  /// Whether all neurons have the same values.
  bool shared = false;
  /// Where several parts are in one array, side by side: how many, and which of
  /// them this is.
  std::uint64_t parts = 1;
  std::uint64_t place = 0;
};

/// Of all layers, in order. `net` is what `network_of` made.
std::vector<hf_source> sources_of(const hf_config& x, const network& net);

} // namespace ganglion
