// What a node reports to the engine of its run, without being asked, and
// without an answer. Plain values; see metadata/messages/requests.hpp for their
// table.
#pragma once

#include <cstdint>

#include "metadata/error.hpp"
#include "metadata/fields.hpp"
#include "metadata/messages/data_messages.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/values/exact_sum.hpp"

namespace ganglion {

/// Scalars of one micro-batch of training, from the loss to the engine.
struct loss_report {
  header head;
  /// Sum over the samples of the micro-batch of each sample's loss.
  double loss_sum = 0;
  /// Samples whose largest output is the target class.
  std::uint64_t correct = 0;
  std::uint64_t samples = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"head", self.head}, field{"loss_sum", self.loss_sum},
                 field{"correct", self.correct},
                 field{"samples", self.samples});
  }
};

/// All groups of one node are through with a micro-batch (and, after the last
/// one of a step, have updated their weights). From a node to the engine.
struct flow_done {
  header head;
  node_index node = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"head", self.head}, field{"node", self.node});
  }
};

/// Where gradients are clipped: the sum of the squares of all gradients of a
/// node's neurons in this step. Answered, once those of all nodes are there, by
/// the request apply_update.
struct gradient_squares {
  header head;
  node_index node = 0;
  exact_sum sum;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"head", self.head}, field{"node", self.node},
                 field{"sum", self.sum});
  }
};

/// Something that ends the run: from a node to the engine.
struct run_failed {
  run_id run = 0;
  error_details why;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"why", self.why});
  }
};

} // namespace ganglion
