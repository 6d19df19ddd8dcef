// Requests about what groups hold: parameters, digests of them, and outputs
// that they kept. Each is for one group, is answered, and passes through the
// node and its link as it is. Plain values.
#pragma once

#include <cstdint>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// Identifies one deployment of one engine; drawn at random.
using run_id = std::uint64_t;

/// Asks the group that owns `range` (all in one group) for its parameters once
/// it has done `step` updates. Answered by `parameter_slice`.
struct fetch {
  run_id run = 0;
  std::uint64_t step = 0;
  neuron_range range;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"step", self.step},
                 field{"range", self.range});
  }
};

/// Parameters of some neurons of one group, one row per neuron: its weights,
/// input by input, then its bias. `state` holds the optimizer's arrays, each of
/// the same shape.
struct parameter_slice {
  run_id run = 0;
  std::uint64_t step = 0;
  neuron_range range;
  tensor weights;
  std::vector<tensor> state;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"step", self.step},
                 field{"range", self.range}, field{"weights", self.weights},
                 field{"state", self.state});
  }
};

/// Replaces the parameters and the optimizer's state of some neurons of one
/// group, with the network at rest; the group is at `slice.step` then. Without
/// arrays in `slice.state`, the optimizer starts anew. Answered by `stored`.
struct store {
  parameter_slice slice;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"slice", self.slice});
  }
};

struct stored {
  neuron_range range;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"range", self.range});
  }
};

/// Like fetch, but answered by SHA-256 digests, so that weights stay where they
/// are.
struct fetch_digests {
  run_id run = 0;
  std::uint64_t step = 0;
  neuron_range range;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"step", self.step},
                 field{"range", self.range});
  }
};

/// 32 bytes per neuron of `range`, in ID order: of its parameters, and of its
/// optimizer's state.
struct digests {
  neuron_range range;
  std::vector<std::uint8_t> weights;
  std::vector<std::uint8_t> state;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"range", self.range}, field{"weights", self.weights},
                 field{"state", self.state});
  }
};

/// Like fetch, but answered by the neurons that have a parameter, or a value of
/// the optimizer's, that is not finite.
struct fetch_not_finite {
  run_id run = 0;
  std::uint64_t step = 0;
  neuron_range range;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"step", self.step},
                 field{"range", self.range});
  }
};

/// Those of `range`, in ID order.
struct not_finite {
  neuron_range range;
  std::vector<neuron_range> neurons;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"range", self.range}, field{"neurons", self.neurons});
  }
};

/// Asks the group that owns `range` (all in one group) for what these neurons
/// answered in the last inference whose header says `keep`. Answered by
/// `output_slice`; errors: not_found where there was none.
struct fetch_outputs {
  run_id run = 0;
  std::uint64_t step = 0;
  neuron_range range;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"step", self.step},
                 field{"range", self.range});
  }
};

/// [samples x range x values].
struct output_slice {
  neuron_range range;
  tensor values;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"range", self.range}, field{"values", self.values});
  }
};

} // namespace ganglion
