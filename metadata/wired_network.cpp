// How networks are made of edges, and changed.
#include <algorithm>

#include <fmt/format.h>

#include "metadata/edge_list.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

using numbers = std::vector<neuron_id>;

caf::error at_line(const std::string& name, std::size_t line,
                   const std::string& text) {
  return make_failure(errc::bad_data,
                      fmt::format("{}:{}: {}", name, line, text));
}

void sort_unique(numbers& xs) {
  std::sort(xs.begin(), xs.end());
  xs.erase(std::unique(xs.begin(), xs.end()), xs.end());
}

bool among(const numbers& sorted, neuron_id x) {
  return std::binary_search(sorted.begin(), sorted.end(), x);
}

std::size_t place_of(const numbers& sorted, neuron_id x) {
  return static_cast<std::size_t>(
    std::lower_bound(sorted.begin(), sorted.end(), x) - sorted.begin());
}

/// All numbers in `ranges`, each of which must be among `known`.
caf::expected<numbers> named(const std::vector<neuron_range>& ranges,
                             const numbers& known, std::string_view what,
                             const std::string& name) {
  numbers result;
  for (auto x : ranges) {
    auto first = place_of(known, x.first);
    auto last = place_of(known, x.end());
    if (last - first != x.count)
      return make_failure(errc::bad_data,
                          fmt::format("{}: {} {}: expected numbers of neurons "
                                      "that have edges",
                                      name, what, to_string(x)));
    result.insert(result.end(), known.begin() + static_cast<long>(first),
                  known.begin() + static_cast<long>(last));
  }
  sort_unique(result);
  return result;
}

/// Which numbers are there, and which of them read and are read.
struct roles {
  numbers all;
  numbers readers;
  numbers inputs;
};

caf::expected<roles> roles_of(const std::vector<given_edge>& edges,
                              const edge_list_options& options,
                              const std::string& name) {
  roles result;
  for (const auto& x : edges) {
    result.all.push_back(x.wire.source);
    result.all.push_back(x.wire.target);
    result.readers.push_back(x.wire.target);
  }
  sort_unique(result.all);
  sort_unique(result.readers);
  if (options.inputs.empty()) {
    std::set_difference(result.all.begin(), result.all.end(),
                        result.readers.begin(), result.readers.end(),
                        std::back_inserter(result.inputs));
  } else {
    auto inputs = named(options.inputs, result.all, "inputs", name);
    if (!inputs)
      return inputs.error();
    result.inputs = std::move(*inputs);
  }
  if (result.inputs.empty())
    return make_failure(errc::bad_data,
                        fmt::format("{}: expected at least one neuron that "
                                    "reads no other, as an input",
                                    name));
  for (const auto& x : edges)
    if (among(result.inputs, x.wire.target))
      return at_line(name, x.line,
                     fmt::format("expected no edge into {}, which is an input",
                                 x.wire.target));
  return result;
}

/// In the network, inputs come first.
neuron_id renumbered(neuron_id x, const numbers& inputs,
                     const numbers& neurons) {
  return among(inputs, x) ? place_of(inputs, x)
                          : inputs.size() + place_of(neurons, x);
}

/// Of the neurons, those that are named, or that nobody reads.
caf::expected<numbers> outputs_of(const std::vector<given_edge>& edges,
                                  const edge_list_options& options,
                                  const numbers& neurons,
                                  const std::string& name) {
  if (!options.outputs.empty())
    return named(options.outputs, neurons, "outputs", name);
  numbers sources;
  for (const auto& x : edges)
    sources.push_back(x.wire.source);
  sort_unique(sources);
  numbers result;
  std::set_difference(neurons.begin(), neurons.end(), sources.begin(),
                      sources.end(), std::back_inserter(result));
  return result;
}

/// Sorts the edges, with their numbers in the network; an error where one is
/// there twice, with its numbers in the list.
caf::expected<std::vector<edge>> sorted_wires(std::vector<given_edge>& edges,
                                              const numbers& in_list,
                                              const std::string& name) {
  std::sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) {
    return a.wire != b.wire ? a.wire < b.wire : a.line < b.line;
  });
  std::vector<edge> result;
  result.reserve(edges.size());
  for (const auto& x : edges) {
    if (!result.empty() && result.back() == x.wire)
      return at_line(name, x.line,
                     fmt::format("expected each edge once, but {} -> {} is in "
                                 "line {} already ('doubled sum' adds "
                                 "their weights)",
                                 in_list[x.wire.source], in_list[x.wire.target],
                                 edges[result.size() - 1].line));
    result.push_back(x.wire);
  }
  return result;
}

std::vector<neuron_range> singles(const numbers& xs) {
  std::vector<neuron_range> result;
  for (auto x : xs)
    result.push_back({x, 1});
  return result;
}

/// Of a sparse layer `id` that has edges, whether it must name itself.
void name_itself(layer& x, layer_id id, neuron_range own) {
  auto reads = [own](const edge& y) { return own.contains(y.source); };
  std::erase(x.inputs, id);
  if (std::any_of(x.wires.edges.begin(), x.wires.edges.end(), reads))
    x.inputs.push_back(id);
}

caf::expected<network> two_layers(std::uint64_t inputs, std::uint64_t neurons,
                                  activation_kind activation, wiring wires) {
  layer first{.name = "input",
              .kind = layer_kind::input,
              .neurons = inputs,
              .inputs = {}};
  layer second{.name = "neurons",
               .kind = layer_kind::sparse,
               .activation = activation,
               .neurons = neurons,
               .inputs = {0},
               .wires = std::move(wires)};
  name_itself(second, 1, {inputs, neurons});
  return network::make({std::move(first), std::move(second)});
}

caf::expected<layer_id> sparse_layer_of(const network& net, neuron_id target) {
  auto owner = net.layer_of(target);
  if (!owner)
    return owner;
  const auto& x = net.at(*owner);
  if (x.kind == layer_kind::sparse)
    return owner;
  return make_failure(
    errc::bad_argument,
    {fmt::format("neuron {} is in layer '{}', which is {}: expected a target "
                 "in a network of single neurons, such as network neurons 20 "
                 "inputs 4",
                 target, x.name,
                 x.kind == layer_kind::input ? "an input" : "wired as a whole"),
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
    auto id = sparse_layer_of(net, x.target);
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
    if (layers[id].kind == layer_kind::sparse)
      name_itself(layers[id], id, net.range_of(id));
  return network::make(std::move(layers));
}

} // namespace

caf::expected<wired_network> wire(std::vector<given_edge> edges,
                                  const edge_list_options& options,
                                  const std::string& name) {
  auto parts = roles_of(edges, options, name);
  if (!parts)
    return parts.error();
  const auto& inputs = parts->inputs;
  numbers neurons;
  std::set_difference(parts->all.begin(), parts->all.end(), inputs.begin(),
                      inputs.end(), std::back_inserter(neurons));
  auto outputs = outputs_of(edges, options, neurons, name);
  if (!outputs)
    return outputs.error();
  wired_network result;
  result.numbers = inputs;
  result.numbers.insert(result.numbers.end(), neurons.begin(), neurons.end());
  for (auto& x : *outputs)
    x = renumbered(x, inputs, neurons);
  for (auto& x : edges)
    x.wire = {renumbered(x.wire.source, inputs, neurons),
              renumbered(x.wire.target, inputs, neurons)};
  auto sorted = sorted_wires(edges, result.numbers, name);
  if (!sorted)
    return sorted.error();
  auto net = two_layers(inputs.size(), neurons.size(), options.activation,
                        {std::move(*sorted), singles(*outputs)});
  if (!net)
    return net.error();
  result.net = std::move(*net);
  result.edges = std::move(edges);
  return result;
}

caf::expected<network> unwired_network(std::uint64_t inputs,
                                       std::uint64_t neurons,
                                       activation_kind activation,
                                       std::vector<neuron_range> outputs) {
  return two_layers(inputs, neurons, activation, {{}, std::move(outputs)});
}

caf::expected<network> with_edges(const network& net,
                                  const std::vector<edge>& more) {
  return rewired(net, more, true);
}

caf::expected<network> without_edges(const network& net,
                                     const std::vector<edge>& fewer) {
  return rewired(net, fewer, false);
}

} // namespace ganglion
