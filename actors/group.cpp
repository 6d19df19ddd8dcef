#include "actors/group.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Of a micro-batch, among all samples of its step.
std::uint64_t first_row_of(const header& x) {
  return x.mode == pass_mode::train
           ? part_begin(x.batch, x.micro_batches, x.micro_batch)
           : 0;
}

caf::error broken_flow(neuron_range own, std::string text) {
  return make_failure(errc::protocol, {std::move(text), {own}, {}, {}});
}

} // namespace

group_state::group_state(group_actor* ptr, group_config setup)
  : self(ptr),
    around(std::move(setup.around)),
    own(setup.range),
    track(setup.track),
    watch(*around->metrics, setup.track) {
  when_it_throws(self, [this](const caf::error& why) {
    send_to(self, around->node,
            part_failed{around->context->run,
                        {part_kind::group, around->layer, own},
                        why});
  });
}

duty group_state::my_duty() const {
  return {*around->context->work, part_kind::group, track,
          around->context->exercise.get()};
}

caf::behavior group_state::make_behavior() {
  auto mine = my_duty();
  work_scope at_work{mine.meter, work_code(mine.kind, mine.index)};
  math = make_layer_math(around->context, around->layer, own);
  find_pieces();
  return {
    on_duty(this, &group_state::on_surround),
    on_duty(this, &group_state::on_activation),
    on_duty(this, &group_state::on_gradient),
    on_duty(this, &group_state::on_fetch),
    on_duty(this, &group_state::on_fetch_digests),
    on_duty(this, &group_state::on_fetch_not_finite),
    on_duty(this, &group_state::on_store),
    on_duty(this, &group_state::on_keep),
    on_duty(this, &group_state::on_apply),
    on_duty(this, &group_state::on_step),
    on_duty(this, &group_state::on_fetch_outputs),
    on_duty(this, &group_state::on_ask),
    on_duty(this, &group_state::on_yield),
  };
}

void group_state::on_activation(const activation& x) {
  const auto& inputs = around->context->net.at(around->layer).inputs;
  auto i = std::find(inputs.begin(), inputs.end(), x.head.layer);
  if (i == inputs.end() || !around->routes)
    return;
  if (x.head.mode == pass_mode::stand)
    return on_row(x);
  auto input = static_cast<std::size_t>(i - inputs.begin());
  if (auto err = check_input(x, input))
    return fail(err);
  auto at = take_input(x, input);
  if (ready(*at))
    forward(at);
}

caf::error group_state::check_input(const activation& x, std::size_t input) {
  if (x.head.step < step)
    return broken_flow(
      own, fmt::format("neurons {} were asked to compute with step {}, but are "
                       "at step {} already",
                       to_string(own), x.head.step, step));
  auto at = flow_at(x.head.sequence);
  auto under_way = at != flows.end() && at->head.sequence == x.head.sequence;
  const auto& from = around->context->net.at(x.head.layer).name;
  if (forwarded.contains(x.head.sequence)
      || x.head.tick != (under_way ? at->head.tick : 0)
      || (under_way && !at->inputs[input].empty()))
    return broken_flow(own, fmt::format("inputs of neurons {} from layer '{}' "
                                        "came twice, or at another tick",
                                        to_string(own), from));
  auto differs = [&](const tensor& y) {
    return !y.empty() && y.rows() != x.values.rows();
  };
  if (under_way && std::any_of(at->inputs.begin(), at->inputs.end(), differs))
    return broken_flow(own, fmt::format("inputs of neurons {} differ in their "
                                        "number of samples",
                                        to_string(own)));
  return {};
}

group_state::flow_position group_state::take_input(const activation& x,
                                                   std::size_t input) {
  auto at = flow_at(x.head.sequence);
  if (at == flows.end() || at->head.sequence != x.head.sequence)
    at = flows.emplace(at);
  at->inputs.resize(around->context->net.at(around->layer).inputs.size());
  at->inputs[input] = x.values;
  at->head = x.head;
  at->head.layer = around->layer;
  at->head.range = own;
  return at;
}

group_state::flow_position group_state::flow_at(std::uint64_t sequence) {
  return std::find_if(flows.begin(), flows.end(), [=](const flow& x) {
    return x.head.sequence >= sequence;
  });
}

bool group_state::ready(const flow& x) const {
  if (x.forwarded || x.inputs.empty() || x.head.step != step)
    return false;
  // What a layer answered itself is there from the first tick on.
  auto inputs = around->context->net.rows_of(around->layer);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (x.inputs[i].empty() && (inputs[i] != around->layer || x.head.tick > 0))
      return false;
  return inputs.size() == x.inputs.size()
         || (stands && stands->step == step && !stands->row.empty());
}

void group_state::forward(flow_position at) {
  auto& x = *at;
  watch.begin(x.head, x.inputs.front().rows());
  if (stands)
    x.inputs.back() = stands->row;
  x.done = math->forward(std::move(x.inputs), {x.head.mode == pass_mode::train,
                                               step, first_row_of(x.head)});
  x.forwarded = true;
  if (begin_tick(x))
    return;
  forwarded.add(x.head.sequence);
  activation result{x.head, x.done.outputs};
  show(x);
  if (x.head.mode == pass_mode::infer) {
    keep_outputs(x);
    flows.erase(at); // x is gone
  }
  auto head = result.head;
  watch.lap(activity::forward, head);
  send_to_each(self, around->routes->consumers_of(around->layer, own),
               std::move(result));
  watch.lap(activity::send, head);
}

void group_state::on_gradient(gradient& x) {
  auto i = flow_at(x.head.sequence);
  if (around->context->net.stands(around->layer))
    i = begin_standing(x.head, i);
  if (i == flows.end() || i->head.sequence != x.head.sequence || !i->forwarded)
    return fail(broken_flow(
      own, fmt::format("a gradient came for neurons {} before their outputs "
                       "left, or after it went back",
                       to_string(own))));
  const auto& outputs = i->done.outputs;
  if (x.values.rows() != outputs.rows()
      || x.values.columns() != outputs.columns())
    return fail(broken_flow(
      own, fmt::format("a gradient [{} x {}] came for neurons {}, whose "
                       "outputs are [{} x {}]",
                       x.values.rows(), x.values.columns(), to_string(own),
                       outputs.rows(), outputs.columns())));
  if (auto err = i->gradient.add(expected(), x.node, std::move(x.values), own))
    return fail(err);
  if (i->gradient.complete())
    go_back();
}

std::span<const tree_node> group_state::expected() const {
  if (narrowed)
    return *narrowed;
  return around->context->expected[around->layer];
}

void group_state::find_pieces() {
  auto mine = around->context->expected_of(around->layer, own);
  narrowed.reset();
  if (mine.size() < around->context->expected[around->layer].size())
    narrowed = std::make_unique<std::vector<tree_node>>(std::move(mine));
}

void group_state::go_back() {
  // Weight gradients add micro-batches in order: later ones wait, also for
  // those of which nothing has come yet.
  auto is_training = [](const flow& x) {
    return x.head.mode == pass_mode::train;
  };
  for (;;) {
    auto i = std::find_if(flows.begin(), flows.end(), is_training);
    if (i == flows.end() || !i->gradient.complete()
        || i->head.micro_batch != next_back)
      return;
    auto x = std::move(*i);
    flows.erase(i);
    ++next_back;
    backward(x);
  }
}

void group_state::begin_step() {
  ++step;
  next_back = 0;
  if (around->context->net.stands(around->layer))
    return yield_row();
  // What came early for this step may be computed now.
  forward_ready();
}

void group_state::forward_ready() {
  // Inferences are gone afterwards.
  for (auto i = flows.begin(); i != flows.end();)
    if (auto at = i++; ready(*at))
      forward(at);
}

void group_state::fail(const caf::error& why) {
  send_to(self, around->node,
          run_failed{around->context->run, details_of(why)});
}

} // namespace ganglion
