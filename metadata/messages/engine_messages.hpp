// What a program asks of an engine, and the answers: the messages of its typed
// actor interface. Plain values; an engine serves its requests in the order in
// which they arrive.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/messages/neuron_messages.hpp"
#include "metadata/messages/traffic_messages.hpp"
#include "metadata/network/network.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/training/training_options.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// Connects to the nodes at these addresses (host:port), in this order.
/// Answered by the `cluster_view`. Errors: unreachable, incompatible.
struct connect {
  std::vector<std::string> addresses;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"addresses", self.addresses});
  }
};

/// Puts a network onto the connected nodes, with initial weights. Answered by
/// `deployment_info`. Errors: busy (with who has the node), bad_placement.
struct deploy_network {
  network net;
  placement where;
  training_options training;
  /// Neurons per group; 0: as many groups as threads.
  std::uint64_t group_size = 0;
  /// Parts of each batch that flow through by themselves.
  std::uint32_t micro_batches = 1;
  /// Who asks, for those who find the nodes busy.
  std::string owner;
  /// Of initial weights, which are normal then, those of layers that add to a
  /// row smaller as in GPT-2; 0: as their kind has it.
  float initial_deviation = 0;
  /// Nothing is drawn: until a commit is loaded, the network is not usable.
  bool blank = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(
      field{"net", self.net}, field{"where", self.where},
      field{"training", self.training}, field{"group_size", self.group_size},
      field{"micro_batches", self.micro_batches}, field{"owner", self.owner},
      field{"initial_deviation", self.initial_deviation},
      field{"blank", self.blank});
  }
};

struct deployment_info {
  std::uint64_t run = 0;
  /// Neuron group actors on all nodes.
  std::uint64_t groups = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"groups", self.groups});
  }
};

/// One optimizer update with a batch: samples [batch x width of the inputs],
/// targets [batch x 1] class numbers or [batch x outputs] values. Several may
/// be asked for at once. Answered by `step_report`.
struct train_step {
  tensor samples;
  tensor wanted;
  /// Whether the nodes write the weights after this step to the model that
  /// open_model named; see get_shards. The next step does not wait for it.
  bool keep = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"samples", self.samples}, field{"wanted", self.wanted},
                 field{"keep", self.keep});
  }
};

struct step_report {
  /// Updates that the weights have seen, this one included.
  std::uint64_t step = 0;
  /// Mean over the samples.
  double loss = 0;
  /// Samples whose largest output was the target class.
  std::uint64_t correct = 0;
  std::uint64_t samples = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"step", self.step}, field{"loss", self.loss},
                 field{"correct", self.correct},
                 field{"samples", self.samples});
  }
};

/// Rows of an inference that flow by themselves. Fixed, so that the shapes of
/// all products are, too.
constexpr std::uint64_t inference_rows = 256;

/// Asks the network: samples [n x width of the inputs], one or many. Answered
/// by `inference`. Errors: bad_data where the width is another; not_found for a
/// layer that there is not.
struct infer {
  tensor samples;
  /// Names of layers whose neurons' outputs are wanted, too. Their nodes send
  /// them to the engine, all of them: watch wide layers with few samples.
  std::vector<std::string> watch;
  /// Whether all neurons keep their outputs, which stay where they are, until
  /// the next such inference; see get_outputs. At most 256 samples then.
  bool keep = false;
  /// How many ticks layers run that read themselves; 0: as many as each has by
  /// itself (see schedule in metadata/network/wiring.hpp). At most 10,000.
  std::uint32_t ticks = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"samples", self.samples}, field{"watch", self.watch},
                 field{"keep", self.keep}, field{"ticks", self.ticks});
  }
};

/// What the neurons of a layer answered.
struct layer_outputs {
  std::string layer;
  neuron_range neurons;
  /// After the activation [n x neurons x values per neuron], in ID order.
  tensor values;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"layer", self.layer}, field{"neurons", self.neurons},
                 field{"values", self.values});
  }
};

struct inference {
  /// Updates that the weights had seen: the same for all samples.
  std::uint64_t step = 0;
  /// Raw outputs of the last layer [n x outputs].
  tensor outputs;
  /// In the order in which they were asked for.
  std::vector<layer_outputs> watched;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"step", self.step}, field{"outputs", self.outputs},
                 field{"watched", self.watched});
  }
};

/// Moves neurons, with their weights and the optimizer's state, to where the
/// placement says, over the same nodes and between two steps; what is computed
/// afterwards is what would have been computed without. The training's options
/// may change at the same time: the optimizer's state goes along unless its
/// kind does. Answered by `rearranged`. Errors, after which everything is as it
/// was: bad_placement, busy where kept steps have not been asked for, those of
/// the nodes. A model is to be opened again.
struct rearrange {
  placement where;
  training_options training;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"where", self.where}, field{"training", self.training});
  }
};

struct rearranged {
  /// Of the placement: 1 at first, and one more with every change.
  std::uint32_t epoch = 0;
  /// Neuron group actors on all nodes.
  std::uint64_t groups = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"epoch", self.epoch}, field{"groups", self.groups});
  }
};

/// Another learning rate from the next update on, for a training that goes on
/// where it is; a schedule multiplies it as before. Answered by `rate_set`,
/// once all that was asked for before is done. Errors: bad_argument.
struct set_rate {
  float learning_rate = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"learning_rate", self.learning_rate});
  }
};

struct rate_set {
  template <class Self, class Visit>
  static decltype(auto) fields(Self&, Visit&& visit) {
    return visit();
  }
};

/// The weights count as those after so many updates, for a program that has put
/// parameters back as they were then. Answered by `step_set`. Errors: busy
/// where kept steps have not been asked for.
struct set_step {
  std::uint64_t step = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"step", self.step});
  }
};

struct step_set {
  template <class Self, class Visit>
  static decltype(auto) fields(Self&, Visit&& visit) {
    return visit();
  }
};

/// Ends the deployment: the nodes are free again. What still waits fails as
/// cancelled. Answered by the final `traffic_summary`.
struct stop {
  template <class Self, class Visit>
  static decltype(auto) fields(Self&, Visit&& visit) {
    return visit();
  }
};

} // namespace ganglion
