// How edges are added to networks, and taken away.
#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/network/edge_list.hpp"

namespace ganglion {

void name_itself(layer& x, layer_id id, neuron_range own) {
  auto reads = [own](const edge& y) { return own.contains(y.source); };
  std::erase(x.inputs, id);
  if (std::any_of(x.wires.edges.begin(), x.wires.edges.end(), reads))
    x.inputs.push_back(id);
}

namespace {

caf::expected<layer_id> wired_layer_of(const network& net, neuron_id target) {
  auto owner = net.layer_of(target);
  if (!owner)
    return owner;
  const auto& x = net.at(*owner);
  if (net.is_wired(*owner))
    return owner;
  return make_failure(
    errc::bad_argument,
    {fmt::format("neuron {} is in layer '{}', which is {}: expected a target "
                 "in a network of single neurons, such as network neurons 20 "
                 "inputs 4",
                 target, x.name,
                 net.is_given(*owner) ? "an input" : "wired as a whole"),
     {{target, 1}},
     {x.name},
     {}});
}

caf::error edge_error(edge x, std::string_view problem) {
  return make_failure(
    errc::bad_argument,
    fmt::format("the edge {} -> {} {}", x.source, x.target, problem));
}

caf::expected<network> rewired(const network& net,
                               const std::vector<edge>& changes, bool add) {
  std::vector<layer> layers{net.layers().begin(), net.layers().end()};
  for (auto x : changes) {
    auto id = wired_layer_of(net, x.target);
    if (!id)
      return id.error();
    auto& edges = layers[*id].wires.edges;
    auto i = std::lower_bound(edges.begin(), edges.end(), x);
    auto there = i != edges.end() && *i == x;
    if (add == there)
      return edge_error(x, add ? "is there already" : "is not there");
    if (add)
      edges.insert(i, x);
    else
      edges.erase(i);
  }
  for (layer_id id = 0; id < layers.size(); ++id)
    if (net.is_wired(id))
      name_itself(layers[id], id, net.range_of(id));
  return network::make(std::move(layers));
}

} // namespace

caf::expected<network> with_edges(const network& net,
                                  const std::vector<edge>& more) {
  return rewired(net, more, true);
}

caf::expected<network> without_edges(const network& net,
                                     const std::vector<edge>& fewer) {
  return rewired(net, fewer, false);
}

} // namespace ganglion
