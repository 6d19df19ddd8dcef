#include "distributor/traffic.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "metadata/network/summation_tree.hpp"
#include "metadata/placement/group_readers.hpp"
#include "metadata/placement/groups.hpp"
#include "metadata/placement/reads.hpp"

namespace ganglion {

namespace {

class traffic_counter {
public:
  traffic_counter(const network& net, const cluster_view& cluster,
                  const placement& where, const plan_options& how)
    : net_(net),
      cluster_(cluster),
      where_(where),
      how_(how),
      loss_at_(*loss_node(net, where)),
      held_(cluster.nodes.size()) {
    for (const auto& x : where.ranges())
      held_[x.node].push_back(x.range);
  }

  std::vector<traffic_plan> count() && {
    auto trainable = !check_trainable(net_);
    for (layer_id id = 0; id < net_.layers().size(); ++id) {
      if (net_.is_given(id))
        continue;
      add_forward(id);
      add_ticks(id);
      if (trainable)
        add_backward(id);
    }
    std::vector<traffic_plan> result;
    for (const auto& [nodes, x] : pairs_)
      result.push_back(x);
    return result;
  }

private:
  struct taken {
    std::uint64_t neurons = 0;
    std::uint64_t groups = 0;
  };

  /// Groups go to whoever reads some of them.
  taken taken_of(const placed_range& x, std::span<const neuron_range> read) {
    if (reads_all(read, x.range))
      return {x.range.count,
              group_count(net_, x, threads_of(x), how_.group_size)};
    if (!reads_some(read, x.range))
      return {};
    auto& groups = cut_[x.range.first];
    if (groups.empty())
      append_groups(net_, x, threads_of(x), how_.group_size, groups);
    taken result;
    for (auto i : groups_read(groups, read)) {
      result.neurons += groups[i].range.count;
      ++result.groups;
    }
    return result;
  }

  traffic_plan& pair(node_index from, node_index to) {
    auto& result = pairs_[{from, to}];
    result.from = from;
    result.to = to;
    return result;
  }

  void add_forward(layer_id id) {
    for (const auto& [to, read] : takers_of(net_, id, where_)) {
      for (const auto& x : where_.ranges_of(id)) {
        auto sent = to != x.node ? taken_of(x, read) : taken{};
        if (sent.groups == 0)
          continue;
        auto& crossing = pair(x.node, to);
        auto stands = net_.stands(id);
        (stands ? crossing.row_values : crossing.forward_values)
          += sent.neurons * net_.at(id).values;
        (stands ? crossing.row_messages : crossing.forward_messages)
          += sent.groups;
      }
    }
  }

  /// A layer that reads itself: all ticks but the last go where they are read.
  void add_ticks(layer_id id) {
    if (!net_.reads_itself(id))
      return;
    auto ticks = how_.ticks > 0 ? how_.ticks : net_.schedule_of(id).ticks;
    if (ticks == 1)
      return;
    std::map<std::pair<node_index, node_index>, std::uint64_t> values;
    for (const auto& [to, read] : reads_of_ticks(net_, id, where_))
      for (const auto& x : where_.ranges_of(id))
        if (auto sent = taken_of(x, read); to != x.node && sent.groups > 0)
          values[{x.node, to}] += sent.neurons;
    for (const auto& [nodes, count] : values) {
      auto& crossing = pair(nodes.first, nodes.second);
      crossing.forward_values += (ticks - 1) * count;
      crossing.forward_messages += ticks - 1;
    }
  }

  /// The pieces of a layer's gradient, sorted, and who sends them.
  [[nodiscard]] std::vector<std::pair<tree_node, node_index>>
  pieces_of(layer_id id) const {
    if (net_.feeds_loss(id))
      return {{tree_node{0, 1, {}}, loss_at_}};
    std::vector<std::pair<tree_node, node_index>> result;
    for (node_index from = 0; from < held_.size(); ++from)
      for (const auto& x : contributions(net_, id, held_[from]))
        result.emplace_back(x, from);
    std::sort(result.begin(), result.end());
    return result;
  }

  void add_backward(layer_id id) {
    auto pieces = pieces_of(id);
    std::vector<tree_node> nodes;
    nodes.reserve(pieces.size());
    for (const auto& x : pieces)
      nodes.push_back(x.first);
    auto read = reads_of_pieces(net_, id, nodes);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      auto from = pieces[i].second;
      for (const auto& x : where_.ranges_of(id)) {
        auto sent = from != x.node ? taken_of(x, read[i]) : taken{};
        if (sent.groups == 0)
          continue;
        auto& crossing = pair(from, x.node);
        (net_.stands(id) ? crossing.row_gradients : crossing.backward_values)
          += sent.neurons * net_.at(id).values;
        crossing.backward_messages += sent.groups;
      }
    }
  }

  [[nodiscard]] std::uint32_t threads_of(const placed_range& x) const {
    return cluster_.nodes[x.node].threads;
  }

  const network& net_;
  const cluster_view& cluster_;
  const placement& where_;
  const plan_options& how_;
  node_index loss_at_;
  std::vector<std::vector<neuron_range>> held_;
  /// Groups of placed ranges of which nodes read only some, by first neuron.
  std::map<neuron_id, std::vector<placed_range>> cut_;
  std::map<std::pair<node_index, node_index>, traffic_plan> pairs_;
};

} // namespace

std::vector<traffic_plan> traffic_of(const network& net,
                                     const cluster_view& cluster,
                                     const placement& where,
                                     const plan_options& options) {
  return traffic_counter{net, cluster, where, options}.count();
}

} // namespace ganglion
