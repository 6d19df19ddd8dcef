// ablate: what neurons tell all others is taken away.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/cli/repl/verbs.hpp"

namespace ganglion::cli {

namespace {

/// The same for a sparse layer; counts the neurons that read one of these.
caf::expected<std::uint64_t> silence_edges(workspace& w, layer_id consumer,
                                           neuron_range neurons) {
  const auto& wires = w.net->at(consumer).wires;
  std::uint64_t readers = 0;
  auto reads = [neurons](const edge& x) { return neurons.contains(x.source); };
  for (auto i = wires.edges.begin(); i != wires.edges.end();) {
    i = std::find_if(i, wires.edges.end(), reads);
    if (i == wires.edges.end())
      break;
    neuron_range target{i->target, 1};
    auto old = w.on->ask<parameters>(get_parameters{target});
    if (!old)
      return old.error();
    auto edges = edges_into(wires, target);
    auto row = old->weights.to_vector();
    for (std::size_t k = 0; k < edges.size(); ++k)
      if (reads(edges[k]))
        row[k] = 0;
    old->weights = tensor::copy_of(row, 1, row.size());
    if (auto err = put(w, std::move(*old)))
      return err;
    ++readers;
    i += edges.data() + edges.size() - &*i;
  }
  return readers;
}

/// Where the weights for an input begin in a neuron's row, if it has any.
std::optional<std::uint64_t> weights_for(const network& net, layer_id consumer,
                                         layer_id source) {
  std::uint64_t first = 0;
  for (const auto& part : net.parts_of(consumer)) {
    if (part.input && net.at(consumer).inputs[*part.input] == source)
      return first;
    first += part.columns;
  }
  return std::nullopt;
}

/// Takes what a layer reads of these neurons away; counts those who did.
caf::expected<std::uint64_t> silence(workspace& w, layer_id consumer,
                                     layer_id source, neuron_range neurons) {
  const auto& net = *w.net;
  if (net.is_wired(consumer))
    return silence_edges(w, consumer, neurons);
  auto column = weights_for(net, consumer, source);
  if (!column)
    return expected_instead(fmt::format(
      "layer {} reads {} without weights: ablate in a layer that has some",
      net.at(consumer).name, net.at(source).name));
  auto first = *column;
  auto values = net.at(source).values;
  first += (neurons.first - net.range_of(source).first) * values;
  auto count = neurons.count * values;
  auto old = w.on->ask<parameters>(get_parameters{net.range_of(consumer)});
  if (!old)
    return old.error();
  old->weights = with_columns(old->weights, first, count, 0);
  for (auto& array : old->state)
    array = with_columns(array, first, count, 0);
  if (auto err = put(w, std::move(*old)))
    return err;
  return net.at(consumer).neurons;
}

/// Layers that read neurons of a layer, itself included.
std::vector<layer_id> readers_of(const network& net, layer_id source) {
  auto others = net.consumers_of(source);
  std::vector<layer_id> result{others.begin(), others.end()};
  if (net.reads_itself(source))
    result.push_back(source);
  return result;
}

/// All layers that read some of these neurons, each once.
std::vector<neuron_range>
layers_reading(const network& net, const std::vector<neuron_range>& neurons) {
  std::vector<neuron_range> result;
  for (auto x : neurons)
    for (auto consumer : readers_of(net, *net.layer_of(x.first)))
      if (auto range = net.range_of(consumer);
          std::ranges::find(result, range) == result.end())
        result.push_back(range);
  return result;
}

caf::error run_ablate(workspace& w, const words& args) {
  auto neurons = neurons_with_weights(w, args, "ablate");
  if (!neurons)
    return neurons.error();
  for (auto x : *neurons)
    if (readers_of(*w.net, *w.net->layer_of(x.first)).empty())
      return expected_instead(fmt::format("{}: nothing reads an output: "
                                          "expected neurons of other layers",
                                          name_of(*w.net, x)));
  auto before = before_change(w, "ablate " + joined(args),
                              layers_reading(*w.net, *neurons));
  if (!before)
    return before.error();
  // What an error leaves half done can be taken back, too.
  remember(w, std::move(*before));
  for (auto x : *neurons) {
    auto source = *w.net->layer_of(x.first);
    for (auto consumer : readers_of(*w.net, source)) {
      auto readers = silence(w, consumer, source, x);
      if (!readers)
        return readers.error();
      auto sparse = w.net->is_wired(consumer);
      fmt::print("  {} neuron{} {}no longer read {}\n", *readers,
                 *readers == 1 && sparse ? "" : "s",
                 sparse ? "" : fmt::format("of {} ", w.net->at(consumer).name),
                 name_of(*w.net, x));
    }
  }
  return {};
}

} // namespace

const verb& ablate_verb() {
  static constexpr verb result{
    "Change a weight; take the influence of neurons away",
    "ablate",
    "NEURONS...",
    "Take their influence on all others away",
    "Every weight that reads one of them becomes 0, and so does the\n"
    "optimizer's state of that weight. They still compute; a training may\n"
    "bring their influence back.",
    "ablate hidden1[7]",
    "",
    run_ablate};
  return result;
}

} // namespace ganglion::cli
