#include "distributor/distribute.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "distributor/scopes.hpp"
#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

caf::error check_cluster(const cluster_view& cluster) {
  if (cluster.nodes.empty())
    return make_failure(errc::bad_argument, "there are no nodes to place on");
  std::set<std::string_view> names;
  for (const auto& node : cluster.nodes) {
    if (node.name.empty())
      return make_failure(errc::bad_argument, "a node needs a name");
    if (!names.insert(node.name).second)
      return make_failure(errc::bad_argument,
                          {fmt::format("two nodes are named '{}'", node.name),
                           {},
                           {},
                           {node.name}});
  }
  return {};
}

} // namespace

caf::expected<placement> distribute(const network& net,
                                    const cluster_view& cluster,
                                    const partition_request& request) {
  if (auto err = check_cluster(cluster))
    return err;
  auto made = std::visit(
    [&](const auto& how) { return assign(net, cluster, how, request.within); },
    request.strategy);
  if (!made)
    return made.error();
  std::vector<std::string> names;
  for (const auto& node : cluster.nodes)
    names.push_back(node.name);
  return placement::make(net, std::move(names), std::move(*made));
}

assignments with_rest(const network& net, std::vector<assignment> given,
                      std::span<const node_index> nodes) {
  if (nodes.empty())
    return given;
  if (nodes.size() > 1)
    return bad_strategy("only one node may have the 'rest': name the neurons "
                        "of the others");
  std::vector<neuron_range> taken;
  taken.reserve(given.size());
  for (const auto& x : given)
    taken.push_back(x.range);
  std::ranges::sort(taken, {}, &neuron_range::first);
  std::size_t i = 0;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    auto left = net.range_of(id);
    if (net.is_given(id))
      continue;
    for (; i < taken.size() && taken[i].first < left.end(); ++i) {
      if (taken[i].first > left.first)
        given.push_back(
          {range_between(left.first, taken[i].first), nodes.front()});
      auto next = std::min(std::max(left.first, taken[i].end()), left.end());
      left = range_between(next, left.end());
      if (taken[i].end() > left.end())
        break;
    }
    if (left.count > 0)
      given.push_back({left, nodes.front()});
  }
  return given;
}

caf::expected<node_index> find_node(const cluster_view& cluster,
                                    std::string_view name) {
  std::vector<std::string_view> names;
  for (node_index i = 0; i < cluster.nodes.size(); ++i) {
    if (cluster.nodes[i].name == name)
      return i;
    names.push_back(cluster.nodes[i].name);
  }
  return make_failure(errc::not_found,
                      {fmt::format("there is no node '{}': use one of {}",
                                   printable(name), fmt::join(names, ", ")),
                       {},
                       {},
                       {std::string{name}}});
}

void divided_scope::assign(std::uint64_t first, std::uint64_t last,
                           node_index node,
                           std::vector<assignment>& out) const {
  std::uint64_t start = 0;
  for (auto id : layers_) {
    auto all = net_.range_of(id);
    auto part = intersection(range_between(first, last), {start, all.count});
    if (!part.empty())
      out.push_back({{all.first + part.first - start, part.count}, node});
    start += all.count;
  }
}

std::uint64_t divided_scope::nearest_block_border(double position) const {
  std::uint64_t start = 0;
  for (auto id : layers_) {
    auto count = net_.at(id).neurons;
    if (position <= static_cast<double>(start + count)) {
      auto block = net_.at(id).block_size;
      auto within = std::max(position - static_cast<double>(start), 0.0);
      auto below = static_cast<std::uint64_t>(within) / block * block;
      auto above = std::min(below + block, count);
      auto to_below = within - static_cast<double>(below);
      auto to_above = static_cast<double>(above) - within;
      return start + (to_below <= to_above ? below : above);
    }
    start += count;
  }
  return size_;
}

std::string divided_scope::name() const {
  if (layers_.size() == 1)
    return fmt::format("layer '{}'", net_.at(layers_.front()).name);
  return "the network";
}

std::vector<divided_scope> scopes_of(const network& net,
                                     partition_scope within) {
  std::vector<divided_scope> result;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    if (net.is_given(id))
      continue;
    if (result.empty() || within == partition_scope::layer)
      result.emplace_back(net);
    result.back().add(id);
  }
  return result;
}

} // namespace ganglion
