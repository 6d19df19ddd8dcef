#include "actors/relay.hpp"

#include <algorithm>
#include <utility>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Of one layer that stands, on their way at once: of two steps and a change.
constexpr std::size_t most_rows = 8;

} // namespace

relay_state::relay_state(relay_actor* ptr, relay_config setup)
  : self(ptr), config(std::move(setup)) {
  when_it_throws(self, [this](const caf::error& why) {
    send_to(self, config.node,
            part_failed{
              config.context->run, {part_kind::relay, config.source, {}}, why});
  });
}

duty relay_state::my_duty() const {
  return {*config.context->work, part_kind::relay, config.source,
          config.context->exercise.get()};
}

caf::behavior relay_state::make_behavior() {
  return {
    on_duty(this, &relay_state::on_start),
    on_duty(this, &relay_state::on_activation),
    on_duty(this, &relay_state::on_tick_values),
    on_duty(this, &relay_state::on_gradient),
    on_duty(this, &relay_state::on_ask),
    on_duty(this, &relay_state::on_await),
  };
}

caf::result<part_progress> relay_state::on_ask(const ask_progress& x) {
  return part_progress{forwarded.contains(x.sequence),
                       returned.contains(x.sequence)};
}

void relay_state::on_start(const start& x) {
  routes = x.routes;
  auto all = consumers();
  auto source = config.context->net.range_of(config.source);
  groups.reserve(all.size());
  for (auto& group : all)
    (source.contains(group.range) ? own_groups : groups)
      .push_back(std::move(group.handle));
}

std::vector<group_route> relay_state::consumers() const {
  auto result = routes->local_groups();
  const auto& net = config.context->net;
  std::erase_if(result, [&](const group_route& x) {
    const auto& inputs = net.at(*net.layer_of(x.range.first)).inputs;
    return std::find(inputs.begin(), inputs.end(), config.source)
           == inputs.end();
  });
  return result;
}

void relay_state::on_activation(const activation& x) {
  if (!routes)
    return;
  if (x.head.tick > 0)
    return on_tick(x);
  if (x.head.mode == pass_mode::stand)
    return on_row(x);
  if (forwarded.contains(x.head.sequence))
    return fail(unexpected_outputs(x.head.range));
  const auto& net = config.context->net;
  auto whole = forward[x.head.sequence].add(net, config.source,
                                            routes->awaited_of(config.source),
                                            x.head.range, x.values);
  if (!whole)
    return fail(whole.error());
  if (!*whole)
    return;
  forward.erase(x.head.sequence);
  activation gathered{x.head, std::move(**whole)};
  gathered.head.range = net.range_of(config.source);
  forwarded.add(x.head.sequence);
  send_to_each(self, groups, std::move(gathered));
}

void relay_state::on_row(const activation& x) {
  row_key key{x.head.sequence, x.head.step};
  // Others' changes may have been quicker; but nobody is far ahead.
  if (key < newest)
    return;
  if (rows.size() > most_rows)
    return fail(unexpected_outputs(x.head.range));
  const auto& net = config.context->net;
  auto whole = rows[key].add(net, config.source,
                             routes->groups_of(config.source), x.head.range,
                             x.values);
  if (!whole)
    return fail(whole.error());
  if (!*whole)
    return;
  rows.erase(rows.begin(), rows.upper_bound(key));
  newest = key;
  activation gathered{x.head, std::move(**whole)};
  gathered.head.range = net.range_of(config.source);
  send_to_each(self, groups, std::move(gathered));
  std::erase_if(waiting, [&](auto& y) {
    if (y.first <= newest.first)
      y.second.deliver(row_came{});
    return y.first <= newest.first;
  });
}

caf::result<row_came> relay_state::on_await(const await_row& x) {
  if (newest.first >= x.revision)
    return row_came{};
  waiting.emplace_back(x.revision, self->make_response_promise());
  return waiting.back().second;
}

void relay_state::on_tick(const activation& x) {
  auto& all = ticks_of(x.head);
  if (auto err = all.add_own(x.head.range, x.values))
    return fail(err);
  if (!all.own_complete())
    return;
  for (const auto& batch : routes->ticks_of(config.source).out) {
    tick_values part{x.head, all.values_of(batch)};
    part.head.range = {batch.ranges.front().first, batch.neurons};
    send_to(self, batch.to, std::move(part));
  }
  pass_tick_on(x.head, all);
}

void relay_state::on_tick_values(const tick_values& x) {
  if (!routes)
    return;
  auto& all = ticks_of(x.head);
  if (auto err = all.add_others(x.head.range, x.values))
    return fail(err);
  pass_tick_on(x.head, all);
}

tick_gathering& relay_state::ticks_of(const header& head) {
  const auto& net = config.context->net;
  return ticks
    .try_emplace({head.sequence, head.tick}, net.range_of(config.source),
                 net.at(config.source).values, routes->ticks_of(config.source))
    .first->second;
}

void relay_state::pass_tick_on(const header& head, tick_gathering& all) {
  if (!all.complete())
    return;
  activation gathered{head, all.finish()};
  gathered.head.range = config.context->net.range_of(config.source);
  ticks.erase({head.sequence, head.tick});
  send_to_each(self, own_groups, std::move(gathered));
}

void relay_state::expect_pieces() {
  auto all = consumers();
  expected.reserve(all.size());
  for (const auto& group : all) {
    auto pieces = contributions(config.context->net, config.source,
                                {&group.range, 1});
    expected.insert(expected.end(), pieces.begin(), pieces.end());
  }
  std::sort(expected.begin(), expected.end());
  find_ways_back();
}

void relay_state::find_ways_back() {
  auto source = config.source;
  for (const auto& piece : config.context->contributed[source]) {
    auto& to = ways_back.emplace_back();
    for (const auto& route : routes->groups_of(source))
      if (config.context->reads(source, piece, route.range))
        to.push_back(route);
  }
}

void relay_state::on_gradient(gradient& x) {
  if (expected.empty())
    expect_pieces();
  if (returned.contains(x.head.sequence))
    return fail(unexpected_piece(x.node, x.head.range));
  auto& sum = backward[x.head.sequence];
  if (auto err = sum.add(expected, x.node, std::move(x.values), x.head.range))
    return fail(err);
  if (!sum.complete())
    return;
  send_back(x.head, sum);
  returned.add(x.head.sequence);
  backward.erase(x.head.sequence);
}

void relay_state::send_back(const header& head, const sum_gathering& pieces) {
  const auto& net = config.context->net;
  auto first = net.range_of(config.source).first;
  auto values = net.at(config.source).values;
  const auto& sent = config.context->contributed[config.source];
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto& node = sent[i];
    auto total = pieces.sum(expected, node);
    for (const auto& route : ways_back[i]) {
      gradient part{head, node,
                    total.columns((route.range.first - first) * values,
                                  route.range.count * values)};
      part.head.range = route.range;
      send_to(self, route.handle, std::move(part));
    }
  }
}

void relay_state::fail(const caf::error& why) {
  send_to(self, config.node, run_failed{config.context->run, details_of(why)});
}

} // namespace ganglion
