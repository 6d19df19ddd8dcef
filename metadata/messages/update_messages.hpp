// What an engine tells its nodes about optimizer updates, beside the data that
// flows: by how much gradients are to be shortened, a learning rate that was
// chosen while the training goes on, how many there were. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "metadata/fields.hpp"
#include "metadata/placement/cluster_view.hpp"

namespace ganglion {

/// Has the groups of a node, which have told of their gradients, make the
/// update after `step` of them. Answered by `update_applied`, at once: that the
/// groups are through is told by `flow_done`.
struct apply_update {
  run_id run = 0;
  /// Updates that the weights have seen.
  std::uint64_t step = 0;
  /// What all gradients are multiplied by before.
  float scale = 1;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"step", self.step},
                 field{"scale", self.scale});
  }
};

struct update_applied {
  std::string node;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node});
  }
};

/// From the next update on, the optimizer's learning rate is another one; a
/// schedule multiplies it as before. Asked for while nothing flows. Answered by
/// `rate_changed`.
struct change_rate {
  run_id run = 0;
  float learning_rate = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run},
                 field{"learning_rate", self.learning_rate});
  }
};

struct rate_changed {
  std::string node;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node});
  }
};

/// The weights count as those after so many updates: for whoever puts back what
/// they were then. Asked for while nothing flows. Answered by `step_changed`.
struct change_step {
  run_id run = 0;
  std::uint64_t step = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"step", self.step});
  }
};

struct step_changed {
  std::string node;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node});
  }
};

} // namespace ganglion
