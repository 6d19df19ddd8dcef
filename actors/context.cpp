#include "actors/context.hpp"

#include <algorithm>
#include <utility>

namespace ganglion {

namespace {

std::vector<neuron_range> held_ranges(const placement& where, node_index node) {
  std::vector<neuron_range> result;
  for (const auto& x : where.held_by(node))
    result.push_back(x.range);
  return result;
}

/// What each layer's gradient is put together from, in any order; and what of
/// it comes from here.
void collect_contributions(const deploy& what, node_index self,
                           deployment_context& to) {
  auto layers = what.net.layers().size();
  to.expected.resize(layers);
  to.contributed.resize(layers);
  for (node_index node = 0; node < what.cluster.nodes.size(); ++node) {
    auto held = held_ranges(what.where, node);
    for (layer_id id = 0; id < layers; ++id) {
      // Nobody wants the gradient of the network's inputs.
      if (what.net.is_given(id))
        continue;
      auto pieces = contributions(what.net, id, held);
      auto& all = to.expected[id];
      all.insert(all.end(), pieces.begin(), pieces.end());
      if (node == self)
        to.contributed[id] = std::move(pieces);
    }
  }
}

} // namespace

context_ptr make_context(const deploy& what, node_index self,
                         drill_ptr exercise, std::shared_ptr<work_meter> work) {
  auto result = std::make_shared<deployment_context>();
  result->run = what.run;
  result->epoch = what.epoch;
  result->net = what.net;
  result->training = what.training;
  result->initial_deviation = what.initial_deviation;
  result->exercise = std::move(exercise);
  result->work = std::move(work);
  collect_contributions(what, self, *result);
  for (layer_id id = 0; id < what.net.layers().size(); ++id) {
    auto& all = result->expected[id];
    if (what.net.feeds_loss(id))
      all = {tree_node{0, 1, {}}};
    std::sort(all.begin(), all.end());
  }
  return result;
}

} // namespace ganglion
