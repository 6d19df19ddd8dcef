// What all actors of one deployment on one node share: the graph, the options,
// and which pieces of each gradient's sum come from where, and read what.
// Immutable, shared.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actors/drill.hpp"
#include "actors/kernel/layer_math.hpp"
#include "metadata/messages/messages.hpp"

namespace ganglion {

struct deployment_context : model_definition {
  /// The pieces of the gradient of these neurons' outputs, sorted: those of the
  /// layer that read some of it. Others are zeros, and not sent.
  [[nodiscard]] std::vector<tree_node> expected_of(layer_id layer,
                                                   neuron_range range) const;

  /// Whether a piece that nodes send goes to the owner of these neurons.
  [[nodiscard]] bool reads(layer_id layer, const tree_node& piece,
                           neuron_range range) const;

  run_id run = 0;
  std::uint32_t epoch = 0;
  /// By layer: the pieces of its output's gradient that the nodes send to the
  /// layer's owners, sorted. The loss sends the only piece of the output layer.
  /// None where the network cannot be trained.
  std::vector<std::vector<tree_node>> expected;
  /// What each of them reads of the layer (see reads_of_pieces).
  std::vector<std::vector<std::vector<neuron_range>>> read;
  /// By layer: those that this node sends.
  std::vector<std::vector<tree_node>> contributed;
  /// Null where there is none.
  drill_ptr exercise;
};

using context_ptr = std::shared_ptr<const deployment_context>;

/// `self` is this node's place in the cluster view.
context_ptr make_context(const deploy& what, node_index self,
                         drill_ptr exercise, std::shared_ptr<work_meter> work);

} // namespace ganglion
