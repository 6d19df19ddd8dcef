// Data that flows between neurons, without a reply: what layers answer, what
// flows back, and what the network should have answered. Plain values: a
// message knows nothing of links, sockets or where it goes.
#pragma once

#include <cstdint>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/messages/parameter_messages.hpp"
#include "metadata/network/network.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/network/summation_tree.hpp"
#include "metadata/text/declare_enum.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

enum class pass_mode : std::uint8_t {
  /// Forward and backward; weights are updated after the last micro-batch.
  train,
  /// Forward only; the outputs go to the engine.
  infer,
  /// The row of a layer that stands, on its way to whoever reads through it.
  /// Its
  /// sequence is the revision of the weights (see yield_rows).
  stand,
};

GANGLION_DECLARE_ENUM(pass_mode)

/// Where part `index` of so many rows begins; their sizes differ by one at
/// most. So a step is cut into micro-batches.
constexpr std::uint64_t part_begin(std::uint64_t rows, std::uint64_t parts,
                                   std::uint64_t index) {
  return rows / parts * index + (index < rows % parts ? index : rows % parts);
}

/// What every data message says of itself. One micro-batch of one layer.
struct header {
  run_id run = 0;
  /// Epoch of the placement.
  std::uint32_t epoch = 0;
  pass_mode mode = pass_mode::train;
  /// Updates that the weights used have seen.
  std::uint64_t step = 0;
  /// Number of this micro-batch among all that the engine let in: the key of
  /// its flow, and its priority (the oldest goes first).
  std::uint64_t sequence = 0;
  /// Number within its step, and how many the step has.
  std::uint32_t micro_batch = 0;
  std::uint32_t micro_batches = 1;
  /// Samples of the whole step, by which the loss is scaled.
  std::uint64_t batch = 0;
  /// Samples of this micro-batch: rows of every tensor of it, but for what
  /// flows back to a layer that stands, which is one row.
  std::uint64_t rows = 0;
  /// Whether the weights are to be kept once the step's update is applied; of
  /// an inference, whether groups keep their outputs for fetch_outputs.
  bool keep = false;
  /// Layers whose groups show the engine their outputs (pass_mode::infer).
  std::vector<layer_id> watch;
  /// Of an inference: how many ticks layers run that read themselves; 0: as
  /// many as each has by itself. And the tick whose values these are, where
  /// they are for the layer itself; 0 otherwise.
  std::uint32_t ticks = 0;
  std::uint32_t tick = 0;
  layer_id layer = 0;
  neuron_range range;

  friend bool operator==(const header&, const header&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"epoch", self.epoch},
                 field{"mode", self.mode}, field{"step", self.step},
                 field{"sequence", self.sequence},
                 field{"micro_batch", self.micro_batch},
                 field{"micro_batches", self.micro_batches},
                 field{"batch", self.batch}, field{"rows", self.rows},
                 field{"keep", self.keep}, field{"watch", self.watch},
                 field{"ticks", self.ticks}, field{"tick", self.tick},
                 field{"layer", self.layer}, field{"range", self.range});
  }
};

/// Outputs of the neurons head.range of head.layer, for whoever gathers the
/// layer on a node: [micro-batch x range x values]. At a tick but the last they
/// stay on their node.
struct activation {
  header head;
  tensor values;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"head", self.head}, field{"values", self.values});
  }
};

/// What neurons of head.layer, which reads itself, answered at head.tick, for
/// the relay of another node: those of the sender's that some neuron there
/// reads, side by side in ID order. head.range begins with the first of them
/// and counts them; there may be others in between. [micro-batch x neurons x
/// values].
struct tick_values {
  header head;
  tensor values;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"head", self.head}, field{"values", self.values});
  }
};

/// One node of the summation tree of dL/d(output of head.range), for the group
/// that owns head.range: [micro-batch x range x values].
struct gradient {
  header head;
  tree_node node;
  tensor values;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"head", self.head}, field{"node", self.node},
                 field{"values", self.values});
  }
};

/// What the network should have answered, for the loss: [micro-batch x 1]
/// class numbers, or [micro-batch x outputs] values.
struct targets {
  header head;
  tensor values;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"head", self.head}, field{"values", self.values});
  }
};

/// For the engine (pass_mode::infer): the gathered outputs of the network, from
/// the loss, or those of the neurons head.range of a layer that is watched,
/// from their group.
struct outputs {
  header head;
  tensor values;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"head", self.head}, field{"values", self.values});
  }
};

} // namespace ganglion
