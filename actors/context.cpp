#include "actors/context.hpp"

#include <algorithm>
#include <utility>

#include "metadata/placement/reads.hpp"

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
  result->blank = what.blank;
  result->exercise = std::move(exercise);
  result->work = std::move(work);
  auto layers = what.net.layers().size();
  result->expected.resize(layers);
  result->contributed.resize(layers);
  result->read.resize(layers);
  if (check_trainable(what.net))
    return result;
  collect_contributions(what, self, *result);
  for (layer_id id = 0; id < layers; ++id) {
    auto& all = result->expected[id];
    if (what.net.feeds_loss(id))
      all = {tree_node{0, 1, {}}};
    std::sort(all.begin(), all.end());
    result->read[id] = reads_of_pieces(what.net, id, all);
  }
  return result;
}

std::vector<tree_node>
deployment_context::expected_of(layer_id layer, neuron_range range) const {
  std::vector<tree_node> result;
  for (std::size_t i = 0; i < expected[layer].size(); ++i)
    if (reads_some(read[layer][i], range))
      result.push_back(expected[layer][i]);
  return result;
}

bool deployment_context::reads(layer_id layer, const tree_node& piece,
                               neuron_range range) const {
  const auto& all = expected[layer];
  auto i = std::lower_bound(all.begin(), all.end(), piece);
  return i != all.end() && *i == piece
         && reads_some(read[layer][static_cast<std::size_t>(i - all.begin())],
                       range);
}

} // namespace ganglion
