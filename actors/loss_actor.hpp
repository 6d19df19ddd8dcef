// The loss: lives beside the output layer, gathers its outputs in ID order,
// compares them with the targets that travel with the batch, and starts the way
// back. Only scalars go to the engine; when inferring, the outputs.
#pragma once

#include <cstdint>
#include <map>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/context.hpp"
#include "actors/duty.hpp"
#include "actors/gathering.hpp"
#include "actors/metrics.hpp"
#include "actors/sequence_window.hpp"
#include "metadata/messages/local_messages.hpp"

namespace ganglion {

struct loss_config {
  context_ptr context;
  /// The output layer.
  layer_id source = 0;
  /// Is told of run_failed.
  caf::actor node;
  /// Where it counts its time and says how far the training is.
  metrics_ptr metrics;
};

struct loss_state;

using loss_actor = caf::stateful_actor<loss_state>;

struct loss_state {
  loss_state(loss_actor* ptr, loss_config setup);

  caf::behavior make_behavior();

  [[nodiscard]] duty my_duty() const;

private:
  struct flow {
    layer_gathering gathering;
    tensor outputs;
    tensor wanted;
  };

  void on_start(const start& x);
  caf::result<part_progress> on_ask(const ask_progress& x);
  void on_activation(const activation& x);
  void on_targets(targets& x);
  void evaluate(const header& head);
  void fail(const caf::error& why);

  loss_actor* self;
  loss_config config;
  stopwatch watch;
  registry_ptr routes;
  std::map<std::uint64_t, flow> flows;
  /// Micro-batches that were judged, or whose outputs went to the engine.
  sequence_window forwarded;

public:
  static inline const char* name = "ganglion.loss";
};

} // namespace ganglion
