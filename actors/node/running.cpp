// What a node does while a network is deployed on it: it counts for the engine,
// tells it what failed, and lets it ask.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "actors/node/node_state.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Time for an actor to say how far it is: one that hangs never does.
constexpr auto ask_limit = std::chrono::seconds{1};

/// Actors that are asked; of more, only some.
constexpr std::size_t most_asked = 1u << 16;

/// Answers of a node's actors, until all are there.
struct collected {
  flow_state result;
  std::size_t missing = 1;
  caf::response_promise promise;

  void done() {
    if (--missing == 0)
      promise.deliver(std::move(result));
  }
};

} // namespace

void node_state::on_flow_done(const flow_done& x) {
  if (!current || !current->routes || x.head.run != current->what->run)
    return;
  work_scope at_work{*current->context->work, work_code(part_kind::node, 0)};
  if (exercise && exercise->loses_message(part_kind::node))
    return;
  auto& count = current->done[x.head.sequence];
  if (++count < current->routes->local_group_count())
    return;
  current->done.erase(x.head.sequence);
  current->told.add(x.head.sequence);
  if (x.head.micro_batch + 1 == x.head.micro_batches) {
    current->step = x.head.step + 1;
    ++current->steps;
  }
  send_to(self, current->setup.engine, flow_done{x.head, current->setup.self});
}

void node_state::on_squares(const group_squares& x) {
  if (!current || !current->routes || x.head.run != current->what->run)
    return;
  work_scope at_work{*current->context->work, work_code(part_kind::node, 0)};
  if (exercise && exercise->loses_message(part_kind::node))
    return;
  auto& [count, sum] = current->squares[x.head.sequence];
  for (auto y : x.of_neurons)
    sum.add(y);
  if (++count < current->routes->local_group_count())
    return;
  send_to(self, current->setup.engine,
          gradient_squares{x.head, current->setup.self, std::move(sum)});
  current->squares.erase(x.head.sequence);
}

caf::result<update_applied> node_state::serve(apply_update& x) {
  for (const auto& group : current->routes->local_groups())
    send_to(self, group.handle, x);
  return update_applied{info.name};
}

caf::result<rate_changed> node_state::serve(change_rate& x) {
  current->context->chosen_rate->store(x.learning_rate,
                                       std::memory_order_relaxed);
  return rate_changed{info.name};
}

caf::result<step_changed> node_state::serve(change_step& x) {
  for (const auto& group : current->routes->local_groups())
    send_to(self, group.handle, x);
  current->step = x.step;
  return step_changed{info.name};
}

/// The share of a node: its relays that gather such rows have them.
caf::result<rows_yielded> node_state::serve(yield_rows& x) {
  const auto& net = current->what->net;
  for (const auto& group : current->routes->local_groups())
    if (net.stands(*net.layer_of(group.range.first)))
      send_to(self, group.handle, x);
  auto promise = self->make_response_promise();
  auto missing = std::make_shared<std::size_t>(1);
  auto came = [this, promise, missing]() mutable {
    if (--*missing == 0)
      promise.deliver(rows_yielded{info.name});
  };
  for (const auto& [source, relay] : current->relays) {
    if (!net.stands(source))
      continue;
    ++*missing;
    request_from(self, relay, caf::infinite, await_row{x.revision})
      .then([came](const row_came&) mutable { came(); },
            // It ended: so does the run, and says why.
            [](const caf::error&) {});
  }
  came();
  return promise;
}

void node_state::on_run_failed(run_failed& x) {
  if (!current || x.run != current->what->run)
    return;
  x.why.text = fmt::format("on node '{}': {}", info.name, x.why.text);
  if (x.why.nodes.empty())
    x.why.nodes = {info.name};
  if (current->complete)
    send_to(self, current->setup.engine, std::move(x));
  else
    fail_deploy(make_failure(errc::system, std::move(x.why)));
}

void node_state::on_part_failed(const part_failed& x) {
  // Its storage is the node's own, whatever runs; without it there is no node.
  if (x.who.kind == part_kind::storage) {
    stop();
    return self->quit(x.why);
  }
  if (!current || x.run != current->what->run)
    return;
  auto details = details_of(x.why);
  details.text = fmt::format(
    "{} ended: {}", to_string(x.who, current->what->net), details.text);
  if (!x.who.range.empty())
    details.ranges = {x.who.range};
  run_failed report{x.run, std::move(details)};
  on_run_failed(report);
}

caf::result<flow_state> node_state::serve(fetch_flow& x) {
  auto all = std::make_shared<collected>();
  all->promise = self->make_response_promise();
  auto promise = all->promise;
  auto told = current->told.contains(x.sequence);
  all->result.parts.push_back({{part_kind::node, 0, {}}, told, told});
  auto ask = [&](const caf::actor& whom, const deployment_part& who) {
    if (++all->missing > most_asked)
      return all->done();
    request_from(self, whom, ask_limit, ask_progress{x.sequence})
      .then(
        [all, who](const part_progress& y) {
          all->result.parts.push_back({who, y.forward, y.backward});
          all->done();
        },
        [all](const caf::error&) { all->done(); });
  };
  for (const auto& [source, relay] : current->relays)
    ask(relay, {part_kind::relay, source, {}});
  if (current->loss)
    ask(current->loss, {part_kind::loss, 0, {}});
  for (const auto& group : current->routes->local_groups())
    ask(group.handle,
        {part_kind::group, *current->what->net.layer_of(group.range.first),
         group.range});
  all->done();
  return promise;
}

caf::result<traffic_report> node_state::serve(fetch_traffic&) {
  return traffic_report{
    peers.traffic(current->what->cluster, current->setup.engine.id())};
}

template <is_request Request>
caf::response_promise node_state::to_group(neuron_range range, Request& x) {
  auto promise = self->make_response_promise();
  auto group = current->routes ? current->routes->local_group_of(range.first)
                               : nullptr;
  if (group && group->range.contains(range))
    promise.delegate(group->handle, std::move(x));
  else
    promise.deliver(make_failure(
      errc::not_found, {fmt::format("node '{}' has no group with neurons {}",
                                    info.name, to_string(range)),
                        {range},
                        {},
                        {info.name}}));
  return promise;
}

caf::result<parameter_slice> node_state::serve(fetch& x) {
  return to_group(x.range, x);
}

caf::result<digests> node_state::serve(fetch_digests& x) {
  return to_group(x.range, x);
}

caf::result<not_finite> node_state::serve(fetch_not_finite& x) {
  return to_group(x.range, x);
}

caf::result<output_slice> node_state::serve(fetch_outputs& x) {
  return to_group(x.range, x);
}

caf::result<stored> node_state::serve(store& x) {
  return to_group(x.slice.range, x);
}

} // namespace ganglion
