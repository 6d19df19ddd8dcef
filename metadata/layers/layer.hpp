// One layer of a network: passive data. What follows from its kind is the
// rule's to say, see metadata/layers/layer_rule.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/layers/kinds.hpp"
#include "metadata/network/activations.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/network/wiring.hpp"

namespace ganglion {

/// One layer. `inputs` may name several layers: a dense layer then has one
/// weight matrix [neurons x width of that input] for each, added in this order.
///
/// A wired layer reads what its edges say, of its inputs and, where it names
/// itself among them, of its own neurons. All of these then compute together,
/// once a tick, from what all answered at the tick before (0 at first) and from
/// the other inputs, which stay the same; what consumes the layer gets the last
/// tick's values.
struct layer {
  std::string name;
  layer_kind kind = layer_kind::dense;
  activation_kind activation = activation_kind::identity;
  /// Neurons of the layer, at least 1.
  std::uint64_t neurons = 0;
  /// Values that each neuron yields per sample, at least 1.
  std::uint32_t values = 1;
  /// Neurons per block, the unit of summation; see metadata/network/blocks.hpp.
  std::uint64_t block_size = 0;
  std::vector<layer_id> inputs;
  /// Of a wired layer. Not in the list of fields, as the settings: the network
  /// writes both, where there are any.
  wiring wires = {};
  /// Numbers that only the kind understands, as many as its rule names.
  std::vector<double> settings = {};

  friend bool operator==(const layer&, const layer&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"name", self.name}, field{"kind", self.kind},
                 field{"activation", self.activation},
                 field{"neurons", self.neurons}, field{"values", self.values},
                 field{"block_size", self.block_size},
                 field{"inputs", self.inputs});
  }
};

} // namespace ganglion
