// The engine's inside: states, jobs and their way through the network. For this
// folder alone; users see engine.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/link/gate.hpp"
#include "metadata/messages/who_owes.hpp"
#include "runtime/engine/deployment.hpp"
#include "runtime/engine/engine.hpp"
#include "runtime/engine/texts.hpp"

namespace ganglion {

/// What reaches an engine besides requests: its links and its nodes.
using engine_inside = engine_actor::extend<
  caf::result<void>(link_up), caf::result<void>(link_down),
  caf::result<void>(attach), caf::result<void>(look_around),
  caf::result<void>(loss_report), caf::result<void>(flow_done),
  caf::result<void>(gradient_squares), caf::result<void>(outputs),
  caf::result<void>(run_failed), caf::result<void>(shards_written)>;

struct engine_state {
  engine_state(engine_inside::pointer ptr, std::string who,
               std::chrono::milliseconds peer_timeout);

  engine_inside::behavior_type make_behavior();

private:
  /// What is done with each message: handlers, for engine.cpp alone.
  auto requests();
  auto reports();
  void on_exit(const caf::error& reason);

  template <class T>
  using promise = caf::typed_response_promise<T>;

  struct connected_node {
    std::string address;
    std::optional<link_up> up;
    /// Pieces of work that it had done at the last look.
    std::uint64_t work = 0;
    /// Lives in this actor system: there is no link, messages go to itself.
    bool here = false;
  };

  using reading = engine_reading;
  using reading_ptr = std::shared_ptr<reading>;
  using text = engine_text;
  using text_ptr = std::shared_ptr<text>;
  using flow = engine_deployment::flow;
  using job = engine_deployment::job;
  using job_ptr = engine_deployment::job_ptr;
  using training_job = engine_deployment::training_job;
  using inference_job = engine_deployment::inference_job;
  using watched_layer = engine_deployment::watched_layer;
  using query_job = engine_deployment::query_job;

  // -- connecting (connect.cpp) -----------------------------------------------
  promise<cluster_view> on_connect(connect& x);
  void keep_wanted(std::vector<std::string>& addresses);
  void find_missing();
  void visit_node(connected_node& at, const caf::actor& node);
  void on_link_up(link_up& x);
  void on_link_down(const link_down& x);
  void on_failed(const run_failed& x);
  void complete_connecting();
  void end_connecting(const caf::error& why);
  void look_after_connecting();
  /// Makes the cluster view of the nodes that are there.
  void view_nodes();
  void disconnect(connected_node& x);

  // -- deploying, and the end of it (deploy.cpp, end.cpp) ---------------------
  void on_attach(const attach& x);
  promise<deployment_info> on_deploy(deploy_network& x);
  caf::expected<engine_deployment> prepare(deploy_network& x);
  void on_deployed(const deployed& x);
  promise<traffic_summary> on_traffic();
  promise<traffic_summary> on_stop();
  /// Ends the deployment; whoever waits for something of it gets the error, and
  /// so does whoever asks for more before the next one.
  void end_run(const caf::error& why);
  void cancel_all(const caf::error& why);
  [[nodiscard]] caf::error not_running() const;
  /// Nor after a commit was loaded in part.
  [[nodiscard]] caf::error not_usable() const;
  [[nodiscard]] bool runs(run_id run) const {
    return now && now->what->run == run;
  }

  // -- asking nodes (ask.hpp), and watching that somebody moves (watch.cpp) ---
  template <is_request Request>
  void ask(node_index node, const Request& x,
           std::function<void(const answer_to<Request>&)> then,
           std::function<void(const caf::error&)> otherwise);
  /// Asks all nodes the same; `done` gets the first error, or none, once all
  /// have answered.
  template <is_request Request>
  void ask_all(const Request& x, std::function<void(const caf::error&)> done);
  /// Has somebody answered with the error if the run ends before this number
  /// is taken from now->waiting.
  template <class T>
  std::uint64_t wait_for_nodes(promise<T> answer) {
    auto number = ++now->last_waiting;
    now->waiting[number] = [answer](const caf::error& why) mutable {
      answer.deliver(why);
    };
    return number;
  }
  void look_later();
  void on_look_around();
  [[nodiscard]] bool nodes_worked();
  void look_after_requests();
  void look_after_keeps();
  void look_after_flows();
  void inquire(std::uint64_t sequence, const flow& x);
  void conclude();
  [[nodiscard]] caf::error stalled(const debtor& who,
                                   std::uint32_t seconds) const;
  [[nodiscard]] std::optional<debtor> stuck_part() const;

  // -- jobs (engine.cpp, infer.cpp) -------------------------------------------
  promise<step_report> on_train(train_step& x);
  [[nodiscard]] caf::error check_step(const train_step& x) const;
  promise<inference> on_infer(infer& x);
  caf::error check_infer(const infer& x, inference_job& out) const;
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
  [[nodiscard]] std::uint32_t parts_of(const tensor& samples) const;
  [[nodiscard]] caf::error check_rows(std::uint64_t rows,
                                      std::string_view advice) const;
  void begin_step(training_job& x);
  /// Of the next micro-batch of a job; its rows are not in it.
  [[nodiscard]] header head_of(const job& x) const;
  void begin_part(const job_ptr& x);
  void send_part(const header& head, const tensor& samples,
                 const tensor& wanted);
  [[nodiscard]] caf::error check_samples(const tensor& samples) const;
  /// Weights, or where they are, change: sequences are to be read again.
  void forget_conversations() {
    if (now)
      now->conversations.clear();
  }
  [[nodiscard]] caf::error take_rows(const tensor& samples, bool training,
                                     std::uint64_t conversations_below);
  void on_report(const loss_report& x);
  [[nodiscard]] caf::error broken_by(node_index node, std::string what) const;
  void on_flow_done(const flow_done& x);
  void on_squares(const gradient_squares& x);
  void scale_gradients(const header& head, const exact_sum& squares);
  void on_outputs(outputs& x);
  [[nodiscard]] float* place_for(const outputs& x, flow& from);
  void end_part(std::uint64_t sequence, flow& x);
  void finish(job& x);

  // -- texts (generate.cpp) ---------------------------------------------------
  promise<generated> on_generate(generate_tokens& x);
  promise<token_scores> on_score(score_tokens& x);
  void on_stop_generating(stop_generating x);
  [[nodiscard]] caf::error check_tokens(std::span<const token_id> tokens,
                                        std::uint64_t chunk,
                                        std::uint64_t positions) const;
  [[nodiscard]] std::uint64_t longest_text(std::uint64_t positions) const;
  [[nodiscard]] caf::error check_text(const generate_tokens& x) const;
  /// With a conversation of its own; null where there is none left.
  reading_ptr begin_reading(std::vector<token_id> tokens, std::uint64_t chunk);
  void end_reading(const reading& x);
  void read_on(const reading_ptr& x);
  /// Stops reading once this actor is gone.
  static void stop_with(const caf::actor& whose, const reading& x);
  void go_on(const text_ptr& x, const reading_ptr& with);
  void choose(const text_ptr& x, const reading_ptr& with);
  void fail_text(const text_ptr& x, const reading& with, const caf::error& why);
  void end_text(const text_ptr& x, const reading& with, text_end why);

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
  template <class Request>
  struct collection;
  template <class Request>
  void collect(std::shared_ptr<collection<Request>> all);
  promise<weight_digests> on_digests();
  promise<not_finite_neurons> on_not_finite();
  void add_part(not_finite_neurons& to, neuron_range range) const;
  promise<parameters> on_get(get_parameters x);
  promise<stored> on_put(put_parameters& x);
  void put_next(std::shared_ptr<std::vector<store>> left, neuron_range all,
                promise<stored> answer);
  [[nodiscard]] std::vector<neuron_range>
  slices(neuron_range range,
         std::uint64_t (*most)(const network&, layer_id)) const;
  [[nodiscard]] caf::expected<std::vector<store>>
  store_requests(const parameters& values) const;
  promise<kept_outputs> on_outputs_of(get_outputs x);
  promise<neuron_location> on_locate(locate_neuron x);
  void query_done();
  /// After weights or places changed, with nothing under way: `done` once all
  /// who read through a layer that stands have its row. Where that fails, the
  /// run ends.
  void renew_rows(std::function<void()> done);

  // -- neurons that move (move.cpp) -------------------------------------------
  caf::expected<registry_ptr> routes_for(const deploy& of);
  /// Tells the links where what arrives belongs from now on.
  void attach_links();
  static void measure(engine_deployment& x);
  promise<rearranged> on_rearrange(rearrange& x);
  promise<rate_set> on_set_rate(set_rate x);
  promise<step_set> on_set_step(set_step x);
  [[nodiscard]] caf::error check_keeps() const;
  void settle(deployment_ptr next, registry_ptr routes,
              promise<rearranged> answer);
  void drop_move(const caf::error& why, promise<rearranged> answer);

  engine_inside::pointer self;
  link_config link_setup;
  std::vector<connected_node> nodes;
  cluster_view cluster;
  std::optional<promise<cluster_view>> connecting;
  std::uint32_t connecting_looks = 0;
  std::optional<engine_deployment> now;
  /// Texts that are gone on with, by what they are called; and all that are
  /// read, by conversation.
  std::map<std::uint64_t, text_ptr> texts;
  std::map<std::uint64_t, reading_ptr> readings;
  /// Why the last deployment ended, where that was a fault.
  caf::error ended;
  bool looks = false;

public:
  static inline const char* name = "ganglion.engine";
};

} // namespace ganglion
