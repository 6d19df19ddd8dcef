// Where a neuron lives, as the registry tells people. A plain value: nothing
// sends by it, since neurons move.
#pragma once

#include <cstdint>
#include <string>

#include "metadata/fields.hpp"
#include "metadata/network/neuron_range.hpp"

namespace ganglion {

struct neuron_location {
  layer_id layer = 0;
  std::string node;
  std::uint64_t incarnation = 0;
  /// The group of the neuron, and the neuron's position in it.
  neuron_range group;
  std::uint64_t offset = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"layer", self.layer}, field{"node", self.node},
                 field{"incarnation", self.incarnation},
                 field{"group", self.group}, field{"offset", self.offset});
  }
};

} // namespace ganglion
