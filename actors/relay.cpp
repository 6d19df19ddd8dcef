#include "actors/relay.hpp"

#include <algorithm>
#include <utility>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

relay_state::relay_state(relay_actor* ptr, relay_config setup)
  : self(ptr), config(std::move(setup)) {
  for (const auto& range : config.consumers) {
    auto pieces = contributions(config.context->net, config.source,
                                {&range, 1});
    expected.insert(expected.end(), pieces.begin(), pieces.end());
  }
  std::sort(expected.begin(), expected.end());
}

caf::behavior relay_state::make_behavior() {
  return {
    [this](const start& x) {
      routes = x.routes;
      for (const auto& range : config.consumers)
        groups.push_back(routes->find(range.first)->handle);
    },
    [this](const activation& x) { on_activation(x); },
    [this](gradient& x) { on_gradient(x); },
  };
}

void relay_state::on_activation(const activation& x) {
  if (!routes)
    return;
  const auto& net = config.context->net;
  auto whole = forward[x.head.sequence].add(net, config.source,
                                            routes->groups_of(config.source),
                                            x.head.range, x.values);
  if (!whole)
    return fail(whole.error());
  if (!*whole)
    return;
  forward.erase(x.head.sequence);
  activation gathered{x.head, std::move(**whole)};
  gathered.head.range = net.range_of(config.source);
  send_to_each(self, groups, std::move(gathered));
}

void relay_state::on_gradient(gradient& x) {
  auto& sum = backward[x.head.sequence];
  if (auto err = sum.add(expected, x.node, std::move(x.values)))
    return fail(err);
  if (!sum.complete())
    return;
  send_back(x.head, sum);
  backward.erase(x.head.sequence);
}

void relay_state::send_back(const header& head, const sum_gathering& pieces) {
  const auto& net = config.context->net;
  auto first = net.range_of(config.source).first;
  auto values = net.at(config.source).values;
  for (const auto& node : config.context->contributed[config.source]) {
    auto total = pieces.sum(expected, node);
    for (const auto& route : routes->groups_of(config.source)) {
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
