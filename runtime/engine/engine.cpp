#include "runtime/engine/engine.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/state.hpp"

namespace ganglion {

namespace {

/// Training steps in the network at once: the next may begin where the weights
/// have been updated while the last is still on its way elsewhere.
constexpr std::uint64_t max_steps = 2;

/// Values in flight on the fullest node: 256 MiB of float32.
constexpr std::uint64_t max_values = std::uint64_t{1} << 26;

/// Where part `index` of `parts` begins; their sizes differ by one at most.
std::uint64_t part_begin(std::uint64_t rows, std::uint64_t parts,
                         std::uint64_t index) {
  return rows / parts * index + std::min(index, rows % parts);
}

} // namespace

engine_actor spawn_engine(caf::actor_system& sys, std::string name,
                          std::chrono::milliseconds peer_timeout) {
  return sys.spawn<caf::stateful_actor<engine_state, engine_inside::base>>(
    std::move(name), peer_timeout);
}

engine_state::engine_state(engine_inside::pointer ptr, std::string who,
                           std::chrono::milliseconds peer_timeout)
  : self(ptr) {
  link_setup.peer_timeout = peer_timeout;
  link_setup.owner = caf::actor_cast<caf::actor>(self);
  link_setup.self.type_table = type_table_hash();
  link_setup.self.engine = true;
  link_setup.self.name = std::move(who);
}

engine_inside::behavior_type engine_state::make_behavior() {
  when_told_to_exit(self, [this](const caf::error& reason) {
    fail(make_failure(errc::cancelled, "the engine was told to exit"));
    self->quit(reason);
  });
  return {
    [this](connect& x) { return on_connect(x); },
    [this](deploy_network& x) { return on_deploy(x); },
    [this](train_step& x) { return on_train(x); },
    [this](infer& x) { return on_infer(x); },
    [this](get_digests) { return on_digests(); },
    [this](get_parameters x) { return on_get(x); },
    [this](put_parameters& x) { return on_put(x); },
    [this](open_model& x) { return on_open(x); },
    [this](get_shards x) { return on_shards(x); },
    [this](keep_weights) { return on_keep(); },
    [this](load_commit& x) { return on_load(x); },
    [this](rearrange& x) { return on_rearrange(x); },
    [this](get_outputs x) { return on_outputs_of(x); },
    [this](get_traffic) { return on_traffic(false); },
    [this](stop) { return on_traffic(true); },
    [this](link_up& x) { on_link_up(x); },
    [this](const link_down& x) { on_link_down(x); },
    [this](const attach& x) { on_attach(x); },
    [this](deploy_timeout x) { on_timeout(x); },
    [this](const loss_report& x) { on_report(x); },
    [this](const flow_done& x) { on_flow_done(x); },
    [this](outputs& x) { on_outputs(x); },
    [this](const shards_written& x) { on_written(x); },
    [this](const run_failed& x) {
      if (x.run == deployment.run)
        fail(make_failure(errc::node_lost, x.why));
    },
  };
}

caf::error engine_state::check_samples(const tensor& samples) const {
  std::uint64_t width = 0;
  for (auto id : input_layers(net))
    width += net.width_of(id);
  if (samples.columns() == width && samples.rows() > 0)
    return {};
  return make_failure(errc::bad_data,
                      fmt::format("samples [{} x {}] for a network that takes "
                                  "{} values per sample",
                                  samples.rows(), samples.columns(), width));
}

engine_state::promise<step_report> engine_state::on_train(train_step& x) {
  auto answer = self->make_response_promise<step_report>();
  auto err = not_usable();
  if (!err)
    err = check_trainable(net);
  if (!err)
    err = check_samples(x.samples);
  if (!err && x.wanted.rows() != x.samples.rows())
    err = make_failure(errc::bad_data,
                       fmt::format("{} samples, but targets for {}",
                                   x.samples.rows(), x.wanted.rows()));
  if (!err && x.keep && !model_open)
    err = make_failure(errc::bad_argument,
                       "there is no model to keep a step in: send open_model "
                       "first");
  if (err) {
    answer.deliver(std::move(err));
    return answer;
  }
  auto next = std::make_shared<job>();
  auto rows = x.samples.rows();
  next->parts = static_cast<std::uint32_t>(
    std::min<std::uint64_t>(micro_batches, rows));
  training_job what{
    std::move(x.samples), std::move(x.wanted), answer, x.keep, 0, {}, 0};
  what.losses.resize(next->parts);
  next->what = std::move(what);
  enqueue(std::move(next));
  return answer;
}

void engine_state::enqueue(job_ptr x) {
  jobs.push_back(std::move(x));
  admit();
}

bool engine_state::may_enter(const job& x) const {
  if (query_runs)
    return false;
  if (std::holds_alternative<query_job>(x.what))
    return flows.empty();
  if (values_in_flight > max_values)
    return false;
  // All samples of an inference see the weights of one step: no training
  // beside it. And never more than two steps of training at once.
  std::uint64_t oldest = steps;
  for (const auto& [sequence, y] : flows) {
    if (y.owner->what.index() != x.what.index())
      return false;
    if (auto training = std::get_if<training_job>(&y.owner->what))
      oldest = std::min(oldest, training->step);
  }
  return x.begun > 0 || steps - oldest < max_steps;
}

void engine_state::admit() {
  while (!failure && !jobs.empty() && may_enter(*jobs.front())) {
    auto x = jobs.front();
    if (auto query = std::get_if<query_job>(&x->what)) {
      query_runs = true;
      jobs.pop_front();
      query->run();
      continue;
    }
    begin_part(x);
    if (x->begun == x->parts)
      jobs.pop_front();
  }
}

void engine_state::begin_step(training_job& x) {
  x.step = steps++;
  if (x.keep)
    keeps[steps].missing = working_nodes;
}

void engine_state::begin_part(const job_ptr& x) {
  auto training = std::get_if<training_job>(&x->what);
  const auto& samples = training ? training->samples
                                 : std::get<inference_job>(x->what).samples;
  if (training && x->begun == 0)
    begin_step(*training);
  header head;
  head.run = deployment.run;
  head.epoch = epoch;
  head.mode = training ? pass_mode::train : pass_mode::infer;
  head.step = training ? training->step : steps;
  head.sequence = ++last_sequence;
  head.micro_batch = training ? x->begun : 0;
  head.micro_batches = training ? x->parts : 1;
  head.batch = samples.rows();
  head.keep = training ? training->keep : std::get<inference_job>(x->what).keep;
  flow next{x, x->begun, 0, 0, working_nodes + 1};
  if (training) {
    next.first_row = part_begin(samples.rows(), x->parts, x->begun);
    next.rows = part_begin(samples.rows(), x->parts, x->begun + 1)
                - next.first_row;
  } else {
    const auto& asked = std::get<inference_job>(x->what);
    head.watch = shown_layers(asked);
    head.ticks = asked.ticks;
    next.missing = messages_of(asked);
    next.first_row = inference_rows * x->begun;
    next.rows = std::min(inference_rows, samples.rows() - next.first_row);
  }
  ++x->begun;
  values_in_flight += next.rows * values_per_sample;
  send_part(head, samples.rows(next.first_row, next.rows),
            training ? training->wanted.rows(next.first_row, next.rows)
                     : tensor{});
  flows.emplace(head.sequence, std::move(next));
}

void engine_state::send_part(const header& head, const tensor& samples,
                             const tensor& wanted) {
  std::uint64_t column = 0;
  for (auto id : input_layers(net)) {
    activation x{head, samples.columns(column, net.width_of(id))};
    x.head.layer = id;
    x.head.range = net.range_of(id);
    for (const auto& to : routes->consumers_of(id))
      post_to(to, x);
    column += net.width_of(id);
  }
  if (wanted.empty())
    return;
  targets y{head, wanted};
  y.head.layer = *output_layer(net);
  y.head.range = net.range_of(y.head.layer);
  post_to(routes->loss(), std::move(y));
}

void engine_state::on_report(const loss_report& x) {
  auto i = flows.find(x.head.sequence);
  if (x.head.run != deployment.run || i == flows.end())
    return;
  if (auto training = std::get_if<training_job>(&i->second.owner->what)) {
    training->losses[i->second.part] = x.loss_sum;
    training->correct += x.correct;
    end_part(x.head.sequence, i->second);
  }
}

void engine_state::on_flow_done(const flow_done& x) {
  auto i = flows.find(x.head.sequence);
  if (x.head.run == deployment.run && i != flows.end()
      && std::holds_alternative<training_job>(i->second.owner->what))
    end_part(x.head.sequence, i->second);
}

void engine_state::end_part(std::uint64_t sequence, flow& x) {
  if (--x.missing > 0)
    return;
  auto owner = x.owner;
  values_in_flight -= x.rows * values_per_sample;
  flows.erase(sequence);
  if (++owner->ended == owner->parts)
    finish(*owner);
  admit();
}

void engine_state::finish(job& x) {
  if (auto training = std::get_if<training_job>(&x.what)) {
    auto samples = training->samples.rows();
    double sum = 0;
    for (auto y : training->losses)
      sum += y;
    training->answer.deliver(step_report{training->step + 1,
                                         sum / static_cast<double>(samples),
                                         training->correct, samples});
  } else if (auto asked = std::get_if<inference_job>(&x.what)) {
    answer(*asked);
  }
}

} // namespace ganglion
