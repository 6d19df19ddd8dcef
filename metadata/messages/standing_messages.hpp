// How the rows of layers that stand come to those who read through them, where
// no update makes their owners send them: after a deployment, a load, a move.
// Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "metadata/fields.hpp"
#include "metadata/messages/parameter_messages.hpp"

namespace ganglion {

/// Has the groups of a node that stand send their rows to all who read through
/// them. Answered by `rows_yielded`, once the node has all rows of this
/// revision that its own groups read. Asked of all nodes at once, while nothing
/// flows.
struct yield_rows {
  run_id run = 0;
  /// Counts how often the weights or their places were changed other than by an
  /// update: what belongs to an earlier one is void.
  std::uint64_t revision = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"revision", self.revision});
  }
};

struct rows_yielded {
  std::string node;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node});
  }
};

} // namespace ganglion
