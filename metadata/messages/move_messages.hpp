// How neurons move between steps: what an engine asks of its nodes. First every
// node makes the groups that the new placement gives it and fills them from
// those that hold the neurons now, node to node; then all change over, or,
// where one could not, none does. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "metadata/fields.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/training/training_options.hpp"

namespace ganglion {

/// With the network at rest. Answered by `move_prepared`; errors, after which
/// nothing has changed: bad_placement, those of fetching parameters.
struct prepare_move {
  std::uint64_t run = 0;
  /// One more than the placement's that is in use.
  std::uint32_t epoch = 0;
  /// Updates that the weights have seen.
  std::uint64_t step = 0;
  placement where;
  training_options training;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"epoch", self.epoch},
                 field{"step", self.step}, field{"where", self.where},
                 field{"training", self.training});
  }
};

struct move_prepared {
  std::string node;
  std::uint64_t groups = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node}, field{"groups", self.groups});
  }
};

/// Changes over to what was prepared for this epoch, or drops it. Answered by
/// `move_settled`.
struct settle_move {
  std::uint64_t run = 0;
  std::uint32_t epoch = 0;
  bool take = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"epoch", self.epoch},
                 field{"take", self.take});
  }
};

struct move_settled {
  std::string node;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node});
  }
};

} // namespace ganglion
