// Messages between actors, and the block of CAF type IDs that names them. Data
// messages (activation, gradient, targets, outputs) flow without a reply;
// requests are answered or fail within the sender's time limit. All of them are
// plain values: a message knows nothing of links, sockets or where it goes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/type_id.hpp>
#include <caf/unit.hpp>

#include "metadata/cluster_view.hpp"
#include "metadata/declare_enum.hpp"
#include "metadata/deploy_messages.hpp"
#include "metadata/engine_messages.hpp"
#include "metadata/error.hpp"
#include "metadata/fields.hpp"
#include "metadata/local_messages.hpp"
#include "metadata/move_messages.hpp"
#include "metadata/network.hpp"
#include "metadata/neuron_range.hpp"
#include "metadata/parameter_messages.hpp"
#include "metadata/placement.hpp"
#include "metadata/status_messages.hpp"
#include "metadata/store_messages.hpp"
#include "metadata/summation_tree.hpp"
#include "metadata/traffic_messages.hpp"

namespace ganglion {

enum class pass_mode : std::uint8_t {
  /// Forward and backward; weights are updated after the last micro-batch.
  train,
  /// Forward only; the outputs go to the engine.
  infer,
};

GANGLION_DECLARE_ENUM(pass_mode)

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
    return visit(
      field{"run", self.run}, field{"epoch", self.epoch},
      field{"mode", self.mode}, field{"step", self.step},
      field{"sequence", self.sequence}, field{"micro_batch", self.micro_batch},
      field{"micro_batches", self.micro_batches}, field{"batch", self.batch},
      field{"keep", self.keep}, field{"watch", self.watch},
      field{"ticks", self.ticks}, field{"tick", self.tick},
      field{"layer", self.layer}, field{"range", self.range});
  }
};

// -- data messages ------------------------------------------------------------

/// Outputs of the neurons head.range of head.layer, for whoever gathers the
/// layer on a node: [micro-batch x range x values].
struct activation {
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

CAF_BEGIN_TYPE_ID_BLOCK(ganglion, GANGLION_FIRST_TYPE_ID)
  CAF_ADD_TYPE_ID(ganglion, (ganglion::errc))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::error_details))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::neuron_range))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::tensor))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::network))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::placement))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::cluster_view))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::training_options))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::header))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::activation))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::gradient))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::targets))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::outputs))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::loss_report))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::flow_done))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::run_failed))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::deploy))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::deployed))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::release))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::fetch))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::parameter_slice))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::store))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::stored))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::fetch_digests))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::digests))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::fetch_traffic))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::traffic_report))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::model_place))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::commit_id))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::shard_entry))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::open_store))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::store_opened))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::load_shards))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::shards_loaded))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::shards_written))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::open_model))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::model_opened))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_shards))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::kept_shards))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::load_commit))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::commit_loaded))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::connect))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::deploy_network))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::deployment_info))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::train_step))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::step_report))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::infer))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::inference))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_digests))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::weight_digests))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_parameters))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::put_parameters))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::parameters))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_traffic))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::traffic_summary))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::stop))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::rearrange))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::rearranged))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_outputs))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::kept_outputs))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::keep_weights))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::weights_kept))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::keep_step))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::step_kept))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::prepare_move))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::move_prepared))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::settle_move))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::move_settled))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::fetch_outputs))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::output_slice))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::surround))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::dial))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::visit))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::leave))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::link_up))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::link_down))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::attach))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::start))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::control_arrived))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::connection_ended))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::deploy_timeout))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::open_local))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::close_local))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::load_local))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::snapshot))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::fetch_status))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::node_status))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::fetch_trace))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::trace_report))
CAF_END_TYPE_ID_BLOCK(ganglion)
