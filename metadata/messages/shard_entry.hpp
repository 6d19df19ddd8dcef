// What a manifest says of one file of parameters, and what the node that wrote
// it announces. Plain data; it opens no file.
#pragma once

#include <cstdint>
#include <string>

#include "metadata/fields.hpp"
#include "metadata/network/neuron_range.hpp"

namespace ganglion {

/// One file of parameters, as its writer announced it.
struct shard_entry {
  /// In the model's directory of shards.
  std::string name;
  layer_id layer = 0;
  neuron_range range;
  /// Bytes of the file.
  std::uint64_t size = 0;
  /// XXH3-64 of its header and its table of chunks, which vouch for the rest.
  std::uint64_t checksum = 0;

  friend bool operator==(const shard_entry&, const shard_entry&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"name", self.name}, field{"layer", self.layer},
                 field{"range", self.range}, field{"size", self.size},
                 field{"checksum", self.checksum});
  }
};

} // namespace ganglion
