// Which array of Hugging Face's files each named part of the parameters of a
// language model's network is. A pure function; the network is made by
// metadata/decoders/decoder_network.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "metadata/network/network.hpp"
#include "runtime/model_store/huggingface/config.hpp"

namespace ganglion {

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
