// What a placement costs, known before anything runs: memory and connections
// per node, bytes between each pair of nodes. Pure functions of ranges: nothing
// here counts neurons one by one, but where each is wired by itself. It
// measures nothing; the counters at the sockets do, and agree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/network/network.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/training/training_options.hpp"

namespace ganglion {

struct plan_options {
  /// Samples per step, and the parts in which they flow.
  std::uint64_t batch = 128;
  std::uint32_t micro_batches = 1;
  optimizer_kind optimizer = optimizer_kind::adam;
  /// Whether gradients are clipped, which keeps them until all are there.
  bool clips = false;
  /// As in `deploy_network`.
  std::uint64_t group_size = 0;
  /// Of an inference, where layers read themselves; 0: as many as they have.
  std::uint32_t ticks = 0;
  /// Of sequences: how many positions of them are kept.
  std::uint64_t positions = 1000;
  /// Bytes of a message besides its tensor: outputs, and gradients.
  std::uint64_t forward_overhead = 123;
  std::uint64_t backward_overhead = 155;
};

/// What one node holds and needs. Memory in bytes.
struct node_plan {
  std::string name;
  std::vector<placed_range> ranges;
  std::uint64_t neurons = 0;
  std::uint64_t groups = 0;
  /// Weights and biases.
  std::uint64_t parameters = 0;
  std::uint64_t weight_bytes = 0;
  std::uint64_t gradient_bytes = 0;
  std::uint64_t optimizer_bytes = 0;
  /// Of one batch: inputs as gathered, and outputs.
  std::uint64_t activation_bytes = 0;
  /// Where rows are of sequences: what is kept of so many positions.
  std::uint64_t cache_bytes = 0;
  /// Weights whose input neuron is on this node, on another one, or an input
  /// of the network.
  std::uint64_t local_connections = 0;
  std::uint64_t remote_connections = 0;
  std::uint64_t input_connections = 0;
  /// Whether all its borders lie on block borders.
  bool on_block_borders = true;
};

/// What crosses from one node to another: float32 values per sample, messages
/// per micro-batch; and what layers that stand add to a step of training,
/// whatever its samples: their rows once, what flows back per micro-batch.
struct traffic_plan {
  node_index from = 0;
  node_index to = 0;
  std::uint64_t forward_values = 0;
  std::uint64_t forward_messages = 0;
  std::uint64_t backward_values = 0;
  std::uint64_t backward_messages = 0;
  std::uint64_t row_values = 0;
  std::uint64_t row_messages = 0;
  std::uint64_t row_gradients = 0;
};

/// A block that lies on several nodes, or on one in pieces.
struct cut_block {
  layer_id layer = 0;
  neuron_range block;
};

struct plan {
  plan_options options;
  std::vector<node_plan> nodes;
  /// Pairs between which something crosses, sorted.
  std::vector<traffic_plan> traffic;
  /// Values per sample from the engine: samples for each node that takes
  /// inputs, and targets.
  std::uint64_t engine_values = 0;
  std::vector<cut_block> cut_blocks;
  /// Otherwise, what would flow back and be kept for it is not there.
  bool trainable = true;
};

/// Errors: a placement that does not fit, a network without one output layer.
caf::expected<plan> make_plan(const network& net, const cluster_view& cluster,
                              const placement& where,
                              const plan_options& options);

/// Bytes that cross for one training step of `batch` samples.
std::uint64_t training_bytes(const plan& x, const traffic_plan& pair,
                             std::uint64_t batch);

/// Bytes that cross for an inference of `samples` that flow as one.
std::uint64_t inference_bytes(const plan& x, const traffic_plan& pair,
                              std::uint64_t samples);

/// All pairs together.
std::uint64_t training_bytes(const plan& x, std::uint64_t batch);
std::uint64_t inference_bytes(const plan& x, std::uint64_t samples);

} // namespace ganglion
