#include "actors/loss_actor.hpp"

#include <utility>

#include <fmt/format.h>

#include "actors/kernel/loss.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// The columns of the neurons that answer. All have sent theirs, so that the
/// network is at rest when the engine has its answer.
tensor answers_of(const wiring& x, neuron_range layer, tensor all) {
  if (x.outputs.empty())
    return all;
  std::uint64_t width = 0;
  for (auto y : x.outputs)
    width += y.count;
  matrix result{all.rows(), width};
  std::uint64_t column = 0;
  for (auto y : x.outputs) {
    result.assign_columns(column, all.columns(y.first - layer.first, y.count));
    column += y.count;
  }
  return std::move(result).freeze();
}

caf::error twice_wanted(const network& net, layer_id of) {
  return make_failure(errc::protocol,
                      {fmt::format("targets for layer '{}' came "
                                   "twice",
                                   net.at(of).name),
                       {net.range_of(of)},
                       {net.at(of).name},
                       {}});
}

} // namespace

loss_state::loss_state(loss_actor* ptr, loss_config setup)
  : self(ptr),
    config(std::move(setup)),
    watch(*config.metrics, config.metrics->loss_track()) {
  when_it_throws(self, [this](const caf::error& why) {
    send_to(self, config.node,
            part_failed{
              config.context->run, {part_kind::loss, config.source, {}}, why});
  });
}

duty loss_state::my_duty() const {
  return {*config.context->work, part_kind::loss, 0,
          config.context->exercise.get()};
}

caf::behavior loss_state::make_behavior() {
  return {
    on_duty(this, &loss_state::on_start),
    on_duty(this, &loss_state::on_activation),
    on_duty(this, &loss_state::on_targets),
    on_duty(this, &loss_state::on_ask),
  };
}

void loss_state::on_start(const start& x) {
  routes = x.routes;
}

caf::result<part_progress> loss_state::on_ask(const ask_progress& x) {
  auto through = forwarded.contains(x.sequence);
  return part_progress{through, through};
}

void loss_state::on_activation(const activation& x) {
  if (!routes)
    return;
  if (forwarded.contains(x.head.sequence))
    return fail(unexpected_outputs(x.head.range));
  auto& to = flows[x.head.sequence];
  const auto& net = config.context->net;
  auto whole = to.gathering.add(net, config.source,
                                routes->groups_of(config.source), x.head.range,
                                x.values);
  if (!whole)
    return fail(whole.error());
  if (!*whole)
    return;
  if (x.head.mode == pass_mode::train) {
    to.outputs = std::move(**whole);
    return evaluate(x.head);
  }
  watch.begin(x.head, (*whole)->rows());
  outputs result{x.head,
                 answers_of(net.at(config.source).wires,
                            net.range_of(config.source), std::move(**whole))};
  result.head.range = net.range_of(config.source);
  flows.erase(x.head.sequence);
  forwarded.add(x.head.sequence);
  send_to(self, routes->engine(), std::move(result));
  watch.lap(activity::send, x.head);
}

void loss_state::on_targets(targets& x) {
  if (forwarded.contains(x.head.sequence)
      || !flows[x.head.sequence].wanted.empty())
    return fail(twice_wanted(config.context->net, config.source));
  flows[x.head.sequence].wanted = std::move(x.values);
  evaluate(x.head);
}

void loss_state::evaluate(const header& head) {
  auto i = flows.find(head.sequence);
  const auto& x = i->second;
  if (x.outputs.empty() || x.wanted.empty())
    return;
  watch.begin(head, x.outputs.rows());
  auto result = evaluate_loss(config.context->training.loss, x.outputs,
                              x.wanted, head.batch);
  if (!result)
    return fail(result.error());
  config.metrics->progress.add(head, result->loss_sum, x.outputs.rows());
  watch.lap(activity::loss, head);
  send_to(
    self, routes->engine(),
    loss_report{head, result->loss_sum, result->correct, x.outputs.rows()});
  flows.erase(i);
  forwarded.add(head.sequence);
  const auto& net = config.context->net;
  auto first = net.range_of(config.source).first;
  auto values = net.at(config.source).values;
  for (const auto& route : routes->groups_of(config.source)) {
    gradient part{head,
                  {0, 1, {}},
                  result->gradient.columns((route.range.first - first) * values,
                                           route.range.count * values)};
    part.head.layer = config.source;
    part.head.range = route.range;
    send_to(self, route.handle, std::move(part));
  }
  watch.lap(activity::send, head);
}

void loss_state::fail(const caf::error& why) {
  send_to(self, config.node, run_failed{config.context->run, details_of(why)});
}

} // namespace ganglion
