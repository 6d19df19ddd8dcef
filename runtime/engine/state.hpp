// The engine's inside: states, jobs and their way through the network. For this
// folder alone; users see engine.hpp.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/gate.hpp"
#include "metadata/local_messages.hpp"
#include "runtime/engine/engine.hpp"

namespace ganglion {

/// What reaches an engine besides requests: its links and its nodes.
using engine_inside = engine_actor::extend<
  caf::result<void>(link_up), caf::result<void>(link_down),
  caf::result<void>(attach), caf::result<void>(deploy_timeout),
  caf::result<void>(loss_report), caf::result<void>(flow_done),
  caf::result<void>(outputs), caf::result<void>(run_failed),
  caf::result<void>(shards_written)>;

/// Rows of an inference that flow by themselves. Fixed, so that the shapes of
/// all products are, too.
constexpr std::uint64_t inference_rows = 256;

struct engine_state {
  engine_state(engine_inside::pointer ptr, std::string who,
               std::chrono::milliseconds peer_timeout);

  engine_inside::behavior_type make_behavior();

private:
  template <class T>
  using promise = caf::typed_response_promise<T>;

  struct connected_node {
    std::string address;
    std::optional<link_up> up;
    /// Lives in this actor system: there is no link, messages go to itself.
    bool here = false;
  };

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
    std::size_t missing = 0;
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
  };

  // -- connecting and deploying (deploy.cpp, end.cpp) -----------------------
  promise<cluster_view> on_connect(connect& x);
  void visit_node(connected_node& at, const caf::actor& node);
  void on_link_up(link_up& x);
  void on_link_down(const link_down& x);
  void on_attach(const attach& x);
  void on_timeout(deploy_timeout x);
  promise<deployment_info> on_deploy(deploy_network& x);
  caf::error prepare(deploy_network& x);
  void on_deployed(const deployed& x);
  promise<traffic_summary> on_traffic(bool and_stop);
  void cancel_jobs(const caf::error& why);
  void end_run();
  void fail(caf::error why);
  [[nodiscard]] caf::error not_running() const;
  /// Nor after a commit was loaded in part.
  [[nodiscard]] caf::error not_usable() const;

  // -- jobs (engine.cpp, infer.cpp) -------------------------------------------
  promise<step_report> on_train(train_step& x);
  promise<inference> on_infer(infer& x);
  [[nodiscard]] caf::error check_ticks(const infer& x) const;
  caf::error watch_layers(const infer& x, inference_job& out) const;
  /// Whether what its neurons answer comes only if it is asked for.
  [[nodiscard]] bool is_shown(layer_id id) const;
  /// Watched layers whose groups are to show what they answer.
  [[nodiscard]] std::vector<layer_id>
  shown_layers(const inference_job& asked) const;
  /// Messages that a micro-batch of an inference yields.
  [[nodiscard]] std::size_t messages_of(const inference_job& asked) const;
  void answer(inference_job& asked);
  /// `any_weights`: also while they are a mixture.
  template <class T>
  promise<T> enqueue_query(std::function<void(promise<T>)> run,
                           bool any_weights = false) {
    auto answer = self->make_response_promise<T>();
    if (auto err = any_weights ? not_running() : not_usable()) {
      answer.deliver(std::move(err));
      return answer;
    }
    auto x = std::make_shared<job>();
    x->what = query_job{
      [=] { run(answer); },
      [=](const caf::error& why) mutable { answer.deliver(why); }};
    enqueue(std::move(x));
    return answer;
  }

  void enqueue(job_ptr x);
  void admit();
  [[nodiscard]] bool may_enter(const job& x) const;
  void begin_step(training_job& x);
  void begin_part(const job_ptr& x);
  void send_part(const header& head, const tensor& samples,
                 const tensor& wanted);
  [[nodiscard]] caf::error check_samples(const tensor& samples) const;
  void on_report(const loss_report& x);
  void on_flow_done(const flow_done& x);
  void on_outputs(outputs& x);
  void end_part(std::uint64_t sequence, flow& x);
  void finish(job& x);

  // -- a model on a share (store.cpp) -----------------------------------------
  promise<model_opened> on_open(open_model& x);
  void on_written(const shards_written& x);
  promise<kept_shards> on_shards(get_shards x);
  promise<weights_kept> on_keep();
  void serve_shards(std::uint64_t step);
  void drop_keeps(const caf::error& why);
  promise<commit_loaded> on_load(load_commit& x);
  void end_load(commit_id commit, const caf::error& failed,
                promise<commit_loaded> answer);

  // -- parameters (parameters.cpp) --------------------------------------------
  template <class Request, class Answer>
  void collect(run_id run, std::vector<neuron_range> ranges,
               std::function<void(const Answer&)> take,
               std::function<void(const caf::error&)> finish);
  promise<weight_digests> on_digests();
  promise<parameters> on_get(get_parameters x);
  promise<stored> on_put(put_parameters& x);
  [[nodiscard]] std::vector<neuron_range> slices(neuron_range range) const;
  [[nodiscard]] std::vector<store>
  store_requests(const parameters& values) const;
  promise<kept_outputs> on_outputs_of(get_outputs x);
  void query_done();

  // -- neurons that move (move.cpp) -------------------------------------------
  /// Asks all nodes the same; `done` gets the first error, or none, once all
  /// have answered.
  template <class Answer, class Request>
  void ask_nodes(const Request& x, std::function<void(const caf::error&)> done);
  caf::expected<registry_ptr> routes_for(const network& of,
                                         const placement& where);
  /// Tells the links where what arrives belongs from now on.
  void attach_links();
  void measure(const placement& where);
  promise<rearranged> on_rearrange(rearrange& x);
  [[nodiscard]] caf::error check_keeps() const;
  void settle(const rearrange& x, registry_ptr next,
              promise<rearranged> answer);
  void drop_move(const caf::error& why, promise<rearranged> answer);

  engine_inside::pointer self;
  link_config link_setup;
  std::vector<connected_node> nodes;
  std::optional<promise<cluster_view>> connecting;
  std::optional<promise<deployment_info>> deploying;
  deployment_info deployment;
  std::size_t undeployed = 0;
  network net;
  cluster_view cluster;
  registry_ptr routes;
  /// Of the placement.
  std::uint32_t epoch = 1;
  std::uint64_t group_size = 0;
  std::uint32_t micro_batches = 1;
  /// Nodes that hold neurons, and so report each micro-batch.
  std::size_t working_nodes = 0;
  /// Values per sample in flight on the fullest node.
  std::uint64_t values_per_sample = 1;
  std::deque<job_ptr> jobs;
  std::map<std::uint64_t, flow> flows;
  std::uint64_t values_in_flight = 0;
  std::uint64_t last_sequence = 0;
  /// Training steps let in.
  std::uint64_t steps = 0;
  bool query_runs = false;
  /// Whether all nodes know where to write.
  bool model_open = false;
  /// By updates that the weights have seen.
  std::map<std::uint64_t, kept_step> keeps;
  /// Why the weights are a mixture, where they are.
  caf::error unusable;
  caf::error failure;

public:
  static inline const char* name = "ganglion.engine";
};

} // namespace ganglion
