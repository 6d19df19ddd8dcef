#include "actors/group.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/kernel/digest.hpp"
#include "metadata/blocks.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

bool is_input(const network& net, layer_id id) {
  return net.at(id).kind == layer_kind::input;
}

/// Digests of the rows of several arrays, side by side.
std::vector<std::uint8_t> digests_of(std::span<const tensor> arrays) {
  if (arrays.empty())
    return {};
  auto columns = arrays.front().columns();
  matrix rows{arrays.front().rows(), columns * arrays.size()};
  for (std::size_t i = 0; i < arrays.size(); ++i)
    rows.assign_columns(i * columns, arrays[i]);
  return row_digests(std::move(rows).freeze());
}

} // namespace

group_state::group_state(group_actor* ptr, group_config setup)
  : self(ptr), config(std::move(setup)), watch(config.metrics, config.track) {
  // nop
}

caf::behavior group_state::make_behavior() {
  const auto& context = *config.context;
  math = make_layer_math(context.net, config.layer, config.range,
                         context.training);
  return {
    [this](const start& x) { routes = x.routes; },
    [this](rewire& x) { on_rewire(x); },
    [this](const activation& x) { on_activation(x); },
    [this](gradient& x) { on_gradient(x); },
    [this](const fetch& x) { return on_fetch(x.run, x.step, x.range, false); },
    [this](const fetch_digests& x) {
      return on_fetch(x.run, x.step, x.range, true);
    },
    [this](const store& x) { return on_store(x); },
    [this](const keep_step& x) { keep(x.step); },
    [this](const fetch_outputs& x) { return on_fetch_outputs(x); },
  };
}

void group_state::on_activation(const activation& x) {
  const auto& inputs = config.context->net.at(config.layer).inputs;
  auto i = std::find(inputs.begin(), inputs.end(), x.head.layer);
  if (i == inputs.end() || !routes)
    return;
  if (x.head.step < step) {
    fail(make_failure(errc::protocol,
                      {fmt::format("neurons {} were asked to compute with step "
                                   "{}, but are at step {} already",
                                   to_string(config.range), x.head.step, step),
                       {config.range},
                       {},
                       {}}));
    return;
  }
  auto& to = flows[x.head.sequence];
  to.inputs.resize(inputs.size());
  to.inputs[i - inputs.begin()] = x.values;
  to.head = x.head;
  to.head.layer = config.layer;
  to.head.range = config.range;
  auto differs = [&](const tensor& y) {
    return !y.empty() && y.rows() != x.values.rows();
  };
  if (std::any_of(to.inputs.begin(), to.inputs.end(), differs))
    return fail(make_failure(
      errc::protocol, {fmt::format("inputs of neurons {} differ in their "
                                   "number of samples",
                                   to_string(config.range)),
                       {config.range},
                       {},
                       {}}));
  if (ready(to))
    forward(to);
}

bool group_state::ready(const flow& x) const {
  auto there = [](const tensor& y) { return !y.empty(); };
  return !x.forwarded && !x.inputs.empty() && x.head.step == step
         && std::all_of(x.inputs.begin(), x.inputs.end(), there);
}

void group_state::forward(flow& x) {
  watch.begin(x.head, x.inputs.front().rows());
  x.done = math->forward(std::move(x.inputs));
  x.forwarded = true;
  activation result{x.head, x.done.outputs};
  show(x);
  if (x.head.mode == pass_mode::infer) {
    if (x.head.keep)
      kept_outputs = x.done.outputs;
    flows.erase(x.head.sequence); // x is gone
  }
  auto head = result.head;
  watch.lap(activity::forward, head);
  send_to_each(self, routes->consumers_of(config.layer), std::move(result));
  watch.lap(activity::send, head);
}

void group_state::show(const flow& x) {
  const auto& layers = x.head.watch;
  if (std::find(layers.begin(), layers.end(), config.layer) != layers.end())
    send_to(self, routes->engine(), outputs{x.head, x.done.outputs});
}

void group_state::on_gradient(gradient& x) {
  auto i = flows.find(x.head.sequence);
  if (i == flows.end() || !i->second.forwarded)
    return fail(make_failure(
      errc::protocol,
      {fmt::format("a gradient came for neurons {} before their outputs left",
                   to_string(config.range)),
       {config.range},
       {},
       {}}));
  const auto& outputs = i->second.done.outputs;
  const auto& expected = config.context->expected[config.layer];
  if (x.values.rows() != outputs.rows()
      || x.values.columns() != outputs.columns())
    return fail(make_failure(
      errc::protocol,
      {fmt::format("a gradient [{} x {}] came for neurons {}, whose outputs "
                   "are [{} x {}]",
                   x.values.rows(), x.values.columns(), to_string(config.range),
                   outputs.rows(), outputs.columns()),
       {config.range},
       {},
       {}}));
  if (auto err = i->second.gradient.add(expected, x.node, std::move(x.values)))
    return fail(err);
  if (i->second.gradient.complete())
    go_back();
}

void group_state::go_back() {
  // Weight gradients add micro-batches in order: later ones wait.
  auto is_training = [](const auto& x) {
    return x.second.head.mode == pass_mode::train;
  };
  for (;;) {
    auto i = std::find_if(flows.begin(), flows.end(), is_training);
    if (i == flows.end() || !i->second.gradient.complete())
      return;
    auto x = std::move(i->second);
    flows.erase(i);
    backward(x);
  }
}

void group_state::backward(flow& x) {
  const auto& context = *config.context;
  watch.begin(x.head, x.done.outputs.rows());
  auto total = x.gradient.sum(context.expected[config.layer],
                              {0, leaf_count(context.net, config.layer), {}});
  math->backward(x.done, total);
  const auto& inputs = context.net.at(config.layer).inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!is_input(context.net, inputs[i]))
      send_back(x.head, i);
  watch.lap(activity::backward, x.head);
  auto last = x.head.micro_batch + 1 == x.head.micro_batches;
  if (x.head.micro_batches == 1)
    math->accumulate_and_update(x.done, step + 1);
  else
    math->accumulate(x.done, x.head.micro_batch == 0);
  if (last && x.head.micro_batches > 1)
    math->update(step + 1);
  if (last && x.head.keep)
    keep(step + 1);
  watch.lap(activity::update, x.head);
  if (last)
    begin_step();
  send_to(self, config.node, flow_done{x.head, 0});
  if (last)
    serve_waiting();
}

void group_state::send_back(const header& head, std::size_t input) {
  const auto& net = config.context->net;
  auto source = net.at(config.layer).inputs[input];
  auto to = head;
  to.layer = source;
  to.range = net.range_of(source);
  for (const auto& piece : contributions(net, source, {&config.range, 1})) {
    auto sum = block_sum(input, piece);
    send_to(self, config.relays[input],
            gradient{to, piece, std::move(sum).freeze()});
  }
}

matrix group_state::block_sum(std::size_t input, const tree_node& at) {
  const auto& net = config.context->net;
  if (!at.leaf()) {
    auto middle = split_point(at);
    auto result = block_sum(input, {at.first, middle, {}});
    auto right = block_sum(input, {middle, at.last, {}});
    result.add(std::move(right).freeze());
    return result;
  }
  auto source = net.at(config.layer).inputs[input];
  auto block = at.first - leaf_of(net, source, config.layer, 0);
  return math->input_gradient(
    input, intersection(config.range, block_range(net, config.layer, block)));
}

void group_state::begin_step() {
  ++step;
  // What came early for this step may be computed now. Forwarding erases
  // inferences, so that positions are looked up anew.
  std::vector<std::uint64_t> sequences;
  for (auto& [sequence, x] : flows)
    if (ready(x))
      sequences.push_back(sequence);
  for (auto sequence : sequences)
    forward(flows.at(sequence));
}

caf::error group_state::check_own(run_id run, neuron_range range) const {
  if (run == config.context->run && config.range.contains(range)
      && !range.empty())
    return {};
  return make_failure(errc::not_found,
                      {fmt::format("neurons {} are not in group {} of this run",
                                   to_string(range), to_string(config.range)),
                       {range},
                       {},
                       {}});
}

caf::response_promise group_state::on_fetch(run_id run, std::uint64_t wanted,
                                            neuron_range range,
                                            bool digests_only) {
  auto promise = self->make_response_promise();
  auto err = check_own(run, range);
  if (!err && wanted < step)
    err = make_failure(errc::not_found,
                       fmt::format("the weights of step {} are gone: neurons "
                                   "{} are at step {}",
                                   wanted, to_string(range), step));
  if (err) {
    promise.deliver(std::move(err));
    return promise;
  }
  questions.push_back({wanted, range, promise, digests_only});
  serve_waiting();
  return promise;
}

void group_state::serve_waiting() {
  auto due = [this](const waiting& x) { return x.step <= step; };
  for (auto& x : questions)
    if (due(x))
      serve(x);
  std::erase_if(questions, due);
}

void group_state::serve(waiting& x) {
  auto weights = math->parameters(x.range);
  auto arrays = math->state(x.range);
  if (x.digests_only)
    x.promise.deliver(
      digests{x.range, row_digests(weights), digests_of(arrays)});
  else
    x.promise.deliver(parameter_slice{config.context->run, step, x.range,
                                      std::move(weights), std::move(arrays)});
}

void group_state::fail(const caf::error& why) {
  send_to(self, config.node, run_failed{config.context->run, details_of(why)});
}

} // namespace ganglion
