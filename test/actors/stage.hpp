// A node's part of a deployment as a node makes it (context, metrics, registry)
// with a witness in place of each actor, for the test to replace the one that
// it is about. The node is the first of its cluster. It sends nothing by
// itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "actors/context.hpp"
#include "actors/kernel/work_meter.hpp"
#include "actors/metrics.hpp"
#include "metadata/messages/messages.hpp"
#include "metadata/network/network.hpp"
#include "metadata/placement/groups.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/placement/registry.hpp"
#include "test/actors/deterministic.hpp"

namespace ganglion {

/// Of nodes "a", "b" and so on, as many as are given neurons.
inline deploy deployment(const caf::expected<network>& net,
                         const std::vector<assignment>& where,
                         std::uint64_t group_size) {
  REQUIRE(net);
  deploy result;
  result.run = 7;
  result.net = *net;
  result.group_size = group_size;
  std::vector<std::string> names;
  for (const auto& x : where)
    while (names.size() <= x.node)
      names.emplace_back(1, static_cast<char>('a' + names.size()));
  for (const auto& x : names)
    result.cluster.nodes.push_back({x, "127.0.0.1:1", 1, 1});
  auto placed = placement::make(*net, names, where);
  REQUIRE(placed);
  result.where = *placed;
  return result;
}

class stage {
public:
  explicit stage(deploy setup)
    : what(std::move(setup)),
      context(make_context(what, 0, nullptr, std::make_shared<work_meter>())),
      held(group_ranges(what.net, what.where, 0, 1, what.group_size)),
      metrics(std::make_shared<deployment_metrics>(what.net, held.size(), true,
                                                   std::vector<std::string>{},
                                                   context->work)) {
    for (std::size_t i = 1; i < what.cluster.nodes.size(); ++i)
      links.push_back(turns.make_witness());
    for (const auto& x : held) {
      groups.push_back(turns.make_witness());
      for (auto source : what.net.at(x.layer).inputs)
        if (!relays.contains(source))
          relays.emplace(source, turns.make_witness());
    }
  }

  [[nodiscard]] registry_ptr make_routes() const {
    local_actors cast;
    cast.links.emplace_back();
    for (const auto& x : links)
      cast.links.push_back(x.actor);
    for (std::size_t i = 0; i < held.size(); ++i)
      cast.groups.push_back({held[i].range, groups[i].actor});
    for (const auto& [source, x] : relays)
      cast.relays[source] = x.actor;
    cast.loss = loss.actor;
    cast.engine = engine.actor;
    auto made = registry::make(what.net, what.where, what.cluster, 0,
                               what.group_size, std::move(cast));
    REQUIRE(made);
    return *made;
  }

  /// Those of this node with neurons of a layer.
  [[nodiscard]] std::vector<witness> groups_of(layer_id id) const {
    std::vector<witness> result;
    for (std::size_t i = 0; i < held.size(); ++i)
      if (held[i].layer == id)
        result.push_back(groups[i]);
    return result;
  }

  /// Of a micro-batch of `rows` samples, for neurons of a layer.
  [[nodiscard]] header head_of(std::uint64_t sequence, layer_id layer,
                               neuron_range range,
                               std::uint64_t rows = 2) const {
    header result;
    result.run = what.run;
    result.sequence = sequence;
    result.batch = rows;
    result.rows = rows;
    result.layer = layer;
    result.range = range;
    return result;
  }

  /// All that the witnesses have got.
  [[nodiscard]] std::size_t letter_count() const {
    std::size_t result = 0;
    for (const auto* x : everybody())
      result += x->got->count();
    return result;
  }

  void forget_letters() {
    for (const auto* x : everybody())
      x->got->clear();
  }

  /// Whether the node was told of one failure of this run that is about these
  /// neurons and says so, or this name, and nobody of anything else; forgets
  /// it.
  [[nodiscard]] bool takes_one_failure(neuron_range about,
                                       const std::string& name = "") {
    turns.run();
    const auto& failures = node.got->of<run_failed>();
    auto said = name.empty() ? to_string(about) : name;
    auto result = letter_count() == 1 && failures.size() == 1
                  && failures.front().run == what.run
                  && failures.front().why.ranges == std::vector{about}
                  && failures.front().why.text.find(said) != std::string::npos;
    forget_letters();
    return result;
  }

  // The first one outlives what follows.
  deterministic turns;
  deploy what;
  context_ptr context;
  /// This node's groups.
  std::vector<placed_range> held;
  metrics_ptr metrics;
  std::vector<witness> groups;
  std::map<layer_id, witness> relays;
  /// To nodes 1, 2 and so on.
  std::vector<witness> links;
  witness node = turns.make_witness();
  witness engine = turns.make_witness();
  witness loss = turns.make_witness();
  witness storage = turns.make_witness();

private:
  [[nodiscard]] std::vector<const witness*> everybody() const {
    std::vector<const witness*> result{&node, &engine, &loss, &storage};
    for (const auto& x : groups)
      result.push_back(&x);
    for (const auto& [source, x] : relays)
      result.push_back(&x);
    for (const auto& x : links)
      result.push_back(&x);
    return result;
  }
};

} // namespace ganglion
