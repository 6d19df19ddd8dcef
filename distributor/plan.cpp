#include "distributor/plan.hpp"

#include <algorithm>
#include <utility>

#include "distributor/traffic.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/network/blocks.hpp"
#include "metadata/placement/groups.hpp"
#include "metadata/placement/reads.hpp"

namespace ganglion {

namespace {

class planner {
public:
  planner(const network& net, const cluster_view& cluster,
          const placement& where, const plan_options& how)
    : net_(net), cluster_(cluster), where_(where) {
    result_.options = how;
    result_.trainable = !check_trainable(net);
  }

  plan make() && {
    for (node_index i = 0; i < cluster_.nodes.size(); ++i)
      add_node(i);
    for (auto id : input_layers(net_))
      result_.engine_values += net_.width_of(id)
                               * reads_of_outputs(net_, id, where_).size();
    if (result_.trainable)
      ++result_.engine_values; // the target
    result_.traffic = traffic_of(net_, cluster_, where_, result_.options);
    add_cut_blocks();
    return std::move(result_);
  }

private:
  [[nodiscard]] std::uint64_t groups_of(const placed_range& x) const {
    return group_count(net_, x, cluster_.nodes[x.node].threads,
                       result_.options.group_size);
  }

  void add_node(node_index index) {
    node_plan x;
    x.name = cluster_.nodes[index].name;
    x.ranges = where_.held_by(index);
    std::vector<bool> gathered(net_.layers().size());
    std::uint64_t values = 0;
    for (const auto& held : x.ranges) {
      auto count = held.range.count;
      x.neurons += count;
      x.groups += groups_of(held);
      x.parameters += net_.parameters_of(held.layer, held.range);
      x.on_block_borders = x.on_block_borders && on_borders(held);
      add_connections(x, index, held);
      if (net_.stands(held.layer))
        continue;
      values += count * net_.at(held.layer).values;
      x.cache_bytes
        += count * rule_of(net_.at(held.layer)).kept_values(net_.at(held.layer))
           * result_.options.positions * sizeof(float);
      for (auto input : net_.rows_of(held.layer)) {
        if (!gathered[input])
          values += net_.width_of(input);
        gathered[input] = true;
      }
    }
    add_memory(x);
    x.activation_bytes = values * result_.options.batch * sizeof(float);
    result_.nodes.push_back(std::move(x));
  }

  /// For its parameters, and what a training keeps beside them.
  void add_memory(node_plan& x) const {
    x.weight_bytes = x.parameters * sizeof(float);
    if (!result_.trainable)
      return;
    const auto& options = result_.options;
    // Plain descent on whole batches adds them to the weights at once.
    auto fused = is_plain_descent({.kind = options.optimizer})
                 && options.micro_batches == 1 && !options.clips;
    x.gradient_bytes = fused ? 0 : x.weight_bytes;
    x.optimizer_bytes = state_arrays(options.optimizer) * x.weight_bytes;
  }

  /// How many of these neurons a node has.
  [[nodiscard]] std::uint64_t held_of(neuron_range neurons, layer_id layer,
                                      node_index node) const {
    if (neurons.count == 1)
      return where_.node_of(neurons.first) == node ? 1 : 0;
    std::uint64_t result = 0;
    for (const auto& x : where_.ranges_of(layer))
      if (x.node == node)
        result += intersection(x.range, neurons).count;
    return result;
  }

  void add_connections(node_plan& x, node_index index,
                       const placed_range& held) const {
    auto add = [&](neuron_range read, std::uint64_t readers) {
      auto source = *net_.layer_of(read.first);
      auto values = readers * net_.at(source).values;
      if (net_.is_given(source)) {
        x.input_connections += read.count * values;
        return;
      }
      auto here = held_of(read, source, index);
      x.local_connections += here * values;
      x.remote_connections += (read.count - here) * values;
    };
    rule_of(net_.at(held.layer)).each_read(net_, held.layer, held.range, add);
  }

  [[nodiscard]] bool on_borders(const placed_range& x) const {
    auto all = net_.range_of(x.layer);
    return on_block_border(net_, x.layer, x.range.first)
           && (x.range.end() == all.end()
               || on_block_border(net_, x.layer, x.range.end()));
  }

  void add_cut_blocks() {
    for (const auto& x : where_.ranges()) {
      if (on_block_border(net_, x.layer, x.range.first))
        continue;
      auto block = block_range(net_, x.layer,
                               block_of(net_, x.layer, x.range.first));
      auto& all = result_.cut_blocks;
      if (all.empty() || all.back().block != block)
        all.push_back({x.layer, block});
    }
  }

  const network& net_;
  const cluster_view& cluster_;
  const placement& where_;
  plan result_;
};

} // namespace

caf::expected<plan> make_plan(const network& net, const cluster_view& cluster,
                              const placement& where,
                              const plan_options& options) {
  if (auto err = check(net, cluster, where))
    return err;
  if (auto err = check_group_size(net, options.group_size))
    return err;
  if (auto output = output_layer(net); !output)
    return output.error();
  if (auto loss_at = loss_node(net, where); !loss_at)
    return loss_at.error();
  return planner{net, cluster, where, options}.make();
}

std::uint64_t inference_bytes(const plan& x, const traffic_plan& pair,
                              std::uint64_t samples) {
  return pair.forward_values * sizeof(float) * samples
         + pair.forward_messages * x.options.forward_overhead;
}

std::uint64_t training_bytes(const plan& x, const traffic_plan& pair,
                             std::uint64_t batch) {
  if (!x.trainable)
    return 0;
  auto parts = std::min<std::uint64_t>(x.options.micro_batches, batch);
  return (pair.forward_values + pair.backward_values) * sizeof(float) * batch
         + pair.row_values * sizeof(float)
         + pair.row_messages * x.options.forward_overhead
         + parts
             * (pair.row_gradients * sizeof(float)
                + pair.forward_messages * x.options.forward_overhead
                + pair.backward_messages * x.options.backward_overhead);
}

std::uint64_t training_bytes(const plan& x, std::uint64_t batch) {
  std::uint64_t result = 0;
  for (const auto& pair : x.traffic)
    result += training_bytes(x, pair, batch);
  return result;
}

std::uint64_t inference_bytes(const plan& x, std::uint64_t samples) {
  std::uint64_t result = 0;
  for (const auto& pair : x.traffic)
    result += inference_bytes(x, pair, samples);
  return result;
}

} // namespace ganglion
