// What programs ask an engine about neurons, and are told: digests, parameters,
// outputs. Passive data; see runtime/engine/engine.hpp for the whole interface.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/messages/traffic_messages.hpp"
#include "metadata/network/network.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/neuron_location.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/training/training_options.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// Asks where a neuron lives. Answered by `neuron_location`. Errors: not_found,
/// also of inputs, which live nowhere.
struct locate_neuron {
  neuron_id neuron = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"neuron", self.neuron});
  }
};

/// Asks for digests of all neurons; weights stay where they are. Answered by
/// `weight_digests`.
struct get_digests {
  template <class Self, class Visit>
  static decltype(auto) fields(Self&, Visit&& visit) {
    return visit();
  }
};

/// 32 bytes (SHA-256) per neuron with weights, in ID order.
struct weight_digests {
  std::uint64_t step = 0;
  std::vector<std::uint8_t> weights;
  /// Of the optimizer's state; empty where it has none.
  std::vector<std::uint8_t> state;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"step", self.step}, field{"weights", self.weights},
                 field{"state", self.state});
  }
};

/// Asks for the neurons that have a parameter, or a value of the optimizer's,
/// that is not finite. Answered by `not_finite_neurons`.
struct get_not_finite {
  template <class Self, class Visit>
  static decltype(auto) fields(Self&, Visit&& visit) {
    return visit();
  }
};

/// Neurons of one layer on one node.
struct placed_neurons {
  neuron_range neurons;
  std::string layer;
  std::string node;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"neurons", self.neurons}, field{"layer", self.layer},
                 field{"node", self.node});
  }
};

/// In ID order; none in a healthy network.
struct not_finite_neurons {
  std::uint64_t step = 0;
  std::vector<placed_neurons> parts;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"step", self.step}, field{"parts", self.parts});
  }
};

/// Parameters of neurons of one layer, one row per neuron: weights input by
/// input, then the bias; and the optimizer's arrays in the same shape.
struct parameters {
  neuron_range range;
  tensor weights;
  std::vector<tensor> state;
  /// Updates that they had seen when they were asked for.
  std::uint64_t step = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"range", self.range}, field{"weights", self.weights},
                 field{"state", self.state}, field{"step", self.step});
  }
};

/// Asks for parameters of neurons of one layer. Answered by `parameters`.
struct get_parameters {
  neuron_range range;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"range", self.range});
  }
};

/// Replaces parameters of neurons of one layer; without arrays in `state`, the
/// optimizer starts anew. Answered by `stored`.
struct put_parameters {
  parameters values;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"values", self.values});
  }
};

/// Asks for what neurons of one layer answered in the last inference with
/// `keep`. Answered by `kept_outputs`. Errors: not_found where there was none
/// since the deployment or since the neurons moved.
struct get_outputs {
  neuron_range range;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"range", self.range});
  }
};

/// [samples x range x values]. Of a layer that reads itself, the samples of
/// the first tick, then those of the second, and so on.
struct kept_outputs {
  neuron_range range;
  tensor values;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"range", self.range}, field{"values", self.values});
  }
};

} // namespace ganglion
