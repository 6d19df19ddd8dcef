// Training steps and inferences on their way: how they are let into the network
// in micro-batches, and what comes back.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/kernel/loss.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"
#include "metadata/messages/checks.hpp"
#include "runtime/engine/state.hpp"

namespace ganglion {

namespace {

/// Training steps in the network at once: the next may begin where the weights
/// have been updated while the last is still on its way elsewhere.
constexpr std::uint64_t max_steps = 2;

/// Values in flight on the fullest node: 256 MiB of float32.
constexpr std::uint64_t max_values = std::uint64_t{1} << 26;

} // namespace

caf::error engine_state::check_samples(const tensor& samples) const {
  const auto& net = now->net();
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
  auto err = check_step(x);
  if (!err)
    err = take_rows(x.samples, true, most_conversations);
  if (err) {
    answer.deliver(std::move(err));
    return answer;
  }
  forget_conversations();
  auto next = std::make_shared<job>();
  next->parts = parts_of(x.samples);
  training_job what{
    std::move(x.samples), std::move(x.wanted), answer, x.keep, 0, {}, 0};
  what.losses.resize(next->parts);
  next->what = std::move(what);
  enqueue(std::move(next));
  return answer;
}

caf::error engine_state::check_step(const train_step& x) const {
  if (auto err = not_usable())
    return err;
  const auto& net = now->net();
  if (auto err = check_trainable(net))
    return err;
  if (auto err = check_samples(x.samples))
    return err;
  auto rows = x.samples.rows();
  if (x.wanted.rows() != rows)
    return make_failure(
      errc::bad_data,
      fmt::format("{} samples, but targets for {}", rows, x.wanted.rows()));
  if (auto err = check_targets(now->what->training.loss,
                               net.width_of(*output_layer(net)), x.wanted))
    return err;
  auto parts = parts_of(x.samples);
  if (auto err = check_rows((rows + parts - 1) / parts,
                            "cut its batches into more --micro-batches"))
    return err;
  if (!x.keep || now->model_open)
    return {};
  return make_failure(errc::bad_argument,
                      "there is no model to keep a step in: send open_model "
                      "first");
}

/// As many as are wanted; where rows are of sequences, as many as cut none.
std::uint32_t engine_state::parts_of(const tensor& samples) const {
  auto rows = samples.rows();
  auto parts = std::clamp<std::uint64_t>(rows, 1, now->micro_batches);
  auto cuts = [&](std::uint64_t all) {
    for (std::uint64_t i = 1; i < all; ++i)
      if (samples.row(part_begin(rows, all, i))[position_column] != 0)
        return true;
    return false;
  };
  if (now->reads_tokens)
    while (parts > 1 && cuts(parts))
      --parts;
  return static_cast<std::uint32_t>(parts);
}

/// No tensor on the way may be larger than a peer takes.
caf::error engine_state::check_rows(std::uint64_t rows,
                                    std::string_view advice) const {
  std::uint64_t widest = 1;
  for (layer_id id = 0; id < now->net().layers().size(); ++id)
    widest = std::max(widest, now->net().width_of(id));
  if (rows <= max_tensor_values / widest)
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("{} samples of {} values at once, where {} "
                                  "values are the most: {}",
                                  rows, widest, max_tensor_values, advice));
}

void engine_state::enqueue(job_ptr x) {
  now->jobs.push_back(std::move(x));
  admit();
  look_later();
}

bool engine_state::may_enter(const job& x) const {
  if (now->query)
    return false;
  if (std::holds_alternative<query_job>(x.what))
    return now->flows.empty();
  if (now->values_in_flight > max_values)
    return false;
  // All samples of an inference see the weights of one step: no training
  // beside it. And never more than two steps of training at once.
  std::uint64_t oldest = now->steps;
  for (const auto& [sequence, y] : now->flows) {
    if (y.owner->what.index() != x.what.index())
      return false;
    if (auto training = std::get_if<training_job>(&y.owner->what))
      oldest = std::min(oldest, training->step);
  }
  return x.begun > 0 || now->steps - oldest < max_steps;
}

void engine_state::admit() {
  while (now && !now->jobs.empty() && may_enter(*now->jobs.front())) {
    auto x = now->jobs.front();
    if (auto query = std::get_if<query_job>(&x->what)) {
      now->query = x;
      now->jobs.pop_front();
      query->run();
      continue;
    }
    begin_part(x);
    if (x->begun == x->parts)
      now->jobs.pop_front();
  }
}

void engine_state::begin_step(training_job& x) {
  x.step = now->steps++;
  if (x.keep)
    now->keeps[now->steps].missing = now->working_nodes;
}

header engine_state::head_of(const job& x) const {
  auto training = std::get_if<training_job>(&x.what);
  header head;
  head.run = now->what->run;
  head.epoch = now->what->epoch;
  head.mode = training ? pass_mode::train : pass_mode::infer;
  head.step = training ? training->step : now->steps;
  head.sequence = now->last_sequence;
  if (training) {
    head.micro_batch = x.begun;
    head.micro_batches = x.parts;
    head.batch = training->samples.rows();
    head.keep = training->keep;
  } else {
    const auto& asked = std::get<inference_job>(x.what);
    head.batch = asked.samples.rows();
    head.keep = asked.keep;
    head.watch = shown_layers(asked);
    head.ticks = asked.ticks;
  }
  return head;
}

void engine_state::begin_part(const job_ptr& x) {
  auto training = std::get_if<training_job>(&x->what);
  const auto& samples = training ? training->samples
                                 : std::get<inference_job>(x->what).samples;
  if (training && x->begun == 0)
    begin_step(*training);
  ++now->last_sequence;
  auto head = head_of(*x);
  flow next{x, x->begun, 0, 0, now->working_nodes.size() + 1};
  if (training) {
    next.first_row = part_begin(samples.rows(), x->parts, x->begun);
    next.rows = part_begin(samples.rows(), x->parts, x->begun + 1)
                - next.first_row;
  } else {
    next.missing = messages_of(std::get<inference_job>(x->what));
    next.first_row = inference_rows * x->begun;
    next.rows = std::min(inference_rows, samples.rows() - next.first_row);
  }
  head.rows = next.rows;
  ++x->begun;
  now->values_in_flight += next.rows * now->values_per_sample;
  send_part(head, samples.rows(next.first_row, next.rows),
            training ? training->wanted.rows(next.first_row, next.rows)
                     : tensor{});
  now->flows.emplace(head.sequence, std::move(next));
}

void engine_state::send_part(const header& head, const tensor& samples,
                             const tensor& wanted) {
  const auto& net = now->net();
  std::uint64_t column = 0;
  for (auto id : input_layers(net)) {
    activation x{head, samples.columns(column, net.width_of(id))};
    x.head.layer = id;
    x.head.range = net.range_of(id);
    for (const auto& to : now->routes->consumers_of(id, x.head.range))
      post_to(to, x);
    column += net.width_of(id);
  }
  if (wanted.empty())
    return;
  targets y{head, wanted};
  y.head.layer = *output_layer(net);
  y.head.range = net.range_of(y.head.layer);
  post_to(now->routes->loss(), std::move(y));
}

void engine_state::on_report(const loss_report& x) {
  if (!runs(x.head.run))
    return;
  now->moved = true;
  auto i = now->flows.find(x.head.sequence);
  if (i == now->flows.end())
    return;
  auto training = std::get_if<training_job>(&i->second.owner->what);
  if (!training || i->second.loss_reported || x.samples != i->second.rows)
    return end_run(broken_by(*loss_node(now->net(), now->what->where),
                             "it reported the loss of a micro-batch twice, or "
                             "of another number of samples than it was given"));
  i->second.loss_reported = true;
  training->losses[i->second.part] = x.loss_sum;
  training->correct += x.correct;
  end_part(x.head.sequence, i->second);
}

caf::error engine_state::broken_by(node_index node, std::string what) const {
  const auto& who = cluster.nodes[node].name;
  return make_failure(errc::protocol,
                      {fmt::format("node '{}': {}", who, what), {}, {}, {who}});
}

void engine_state::on_flow_done(const flow_done& x) {
  if (!runs(x.head.run))
    return;
  now->moved = true;
  auto i = now->flows.find(x.head.sequence);
  if (i != now->flows.end()
      && std::holds_alternative<training_job>(i->second.owner->what)
      && now->working_nodes.contains(x.node)
      && i->second.reported.insert(x.node).second)
    end_part(x.head.sequence, i->second);
}

void engine_state::end_part(std::uint64_t sequence, flow& x) {
  if (--x.missing > 0)
    return;
  auto owner = x.owner;
  now->values_in_flight -= x.rows * now->values_per_sample;
  auto next = now->flows.erase(now->flows.find(sequence));
  for (auto i = now->flows.begin(); i != next; ++i)
    ++i->second.overtaken;
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
