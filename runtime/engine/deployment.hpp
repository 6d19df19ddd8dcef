// All that belongs to one deployment of an engine: what is deployed where, the
// jobs and their way through the network, and what nodes owe. One value, which
// ends with the deployment while the engine lives on. Plain data, for this
// folder alone; the actor that works on it is engine_state.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/typed_response_promise.hpp>

#include "actors/metrics.hpp"
#include "metadata/messages/local_messages.hpp"
#include "metadata/messages/messages.hpp"

#include "runtime/engine/conversations.hpp"

namespace ganglion {

struct engine_deployment {
  template <class T>
  using promise = caf::typed_response_promise<T>;

  struct training_job {
    tensor samples;
    tensor wanted;
    promise<step_report> answer;
    bool keep = false;
    std::uint64_t step = 0;
    std::vector<double> losses;
    std::uint64_t correct = 0;
  };

  /// The outputs of a layer's neurons, as they arrive; empty for inputs and
  /// outputs of the network, which are there anyway.
  struct watched_layer {
    layer_id layer = 0;
    matrix values;
  };

  struct inference_job {
    tensor samples;
    promise<inference> answer;
    matrix results;
    std::vector<watched_layer> watched;
    bool keep = false;
    std::uint32_t ticks = 0;
  };

  /// Needs the network at rest.
  struct query_job {
    std::function<void()> run;
    std::function<void(const caf::error&)> fail;
  };

  struct job {
    std::variant<query_job, training_job, inference_job> what;
    /// Micro-batches that are let in, that are through, and all.
    std::uint32_t begun = 0;
    std::uint32_t ended = 0;
    std::uint32_t parts = 0;
  };

  /// A step whose weights the nodes write.
  struct kept_step {
    /// Nodes that have not reported.
    std::set<node_index> missing;
    /// Looks around since it was done.
    std::uint32_t looks = 0;
    std::vector<shard_entry> shards;
    caf::error why;
    std::optional<promise<kept_shards>> answer;
  };

  using job_ptr = std::shared_ptr<job>;

  /// One micro-batch in the network.
  struct flow {
    job_ptr owner;
    std::uint32_t part = 0;
    std::uint64_t first_row = 0;
    std::uint64_t rows = 0;
    /// Reports that have not come.
    std::size_t missing = 0;
    /// Whose reports have: nodes, by their place, or groups, by their first
    /// neuron; and the loss.
    std::set<std::uint64_t> reported;
    bool loss_reported = false;
    /// Where gradients are clipped: nodes that have told of theirs, and the sum
    /// of their squares.
    std::set<node_index> squares_from;
    exact_sum squares;
    /// Micro-batches that ended before this one and had begun after it.
    std::uint64_t overtaken = 0;
    /// Looks around since it began.
    std::uint32_t looks = 0;
  };

  /// A request to a node that was not answered.
  struct owed_answer {
    node_index node = 0;
    std::string_view request;
    answer_time wait = answer_time::prompt;
    /// Looks around since it was asked.
    std::uint32_t looks = 0;
  };

  /// An inquiry about a micro-batch that does not move.
  struct inquiry {
    std::uint64_t sequence = 0;
    bool training = false;
    std::vector<std::optional<flow_state>> states;
    std::size_t missing = 0;
    std::uint32_t looks = 0;
  };

  deployment_ptr what;
  registry_ptr routes;
  std::optional<promise<deployment_info>> answer;
  std::uint64_t groups = 0;
  std::size_t undeployed = 0;
  std::uint32_t micro_batches = 1;
  /// Nodes that hold neurons, and so report each micro-batch.
  std::set<node_index> working_nodes;
  /// Values per sample in flight on the fullest node.
  std::uint64_t values_per_sample = 1;
  /// Whether rows are of sequences, which no micro-batch cuts.
  bool reads_tokens = false;
  std::deque<job_ptr> jobs;
  std::map<std::uint64_t, flow> flows;
  std::uint64_t values_in_flight = 0;
  std::uint64_t last_sequence = 0;
  /// Training steps let in.
  std::uint64_t steps = 0;
  /// Of weights and places, but for updates: see yield_rows.
  std::uint64_t revision = 0;
  /// What runs while nothing flows.
  job_ptr query;
  /// How far sequences have come that it was asked about.
  conversation_book conversations;
  /// Whether all nodes know where to write.
  bool model_open = false;
  /// By updates that the weights have seen.
  std::map<std::uint64_t, kept_step> keeps;
  /// Why the weights are a mixture, where they are.
  caf::error unusable;
  /// Of a node in this actor system.
  metrics_ptr metrics_here;
  std::map<std::uint64_t, owed_answer> owed;
  std::uint64_t last_owed = 0;
  /// Who is answered from what nodes say, beside jobs and query: called where
  /// the run ends before.
  std::map<std::uint64_t, std::function<void(const caf::error&)>> waiting;
  std::uint64_t last_waiting = 0;
  /// Looks around since somebody did anything.
  std::uint32_t quiet = 0;
  /// Something has arrived since the last look.
  bool moved = false;
  std::optional<inquiry> asking;

  [[nodiscard]] const network& net() const noexcept {
    return what->net;
  }
};

} // namespace ganglion
