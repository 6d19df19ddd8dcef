// Networks that are given edge by edge: how arbitrary numbers and names of
// neurons become those of a network, and how an edge is added or taken away.
// Pure functions; files are read in runtime/data/edge_file.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/network/network.hpp"

namespace ganglion {

/// An edge with its weight, unless that is to be drawn like any initial one.
struct given_edge {
  edge wire;
  std::optional<float> weight;
  /// Where it was read, for messages.
  std::size_t line = 0;
};

/// Edges as a file has them.
struct edge_table {
  std::vector<given_edge> edges;
  /// Where neurons have names: by their numbers in `edges`, in the order in
  /// which they appear; else none.
  std::vector<std::string> names;
};

/// What is not in the list of edges. Neurons by the numbers used there.
struct edge_list_options {
  activation_kind activation = activation_kind::tanh;
  /// Whether edges that are there twice become one, with the sum of their
  /// weights, and are no error.
  bool sum_doubled = false;
  /// None, nor names: the neurons that read nothing. Of one that reads others,
  /// too, an input of its own is made, which drives it: an edge of weight 1.
  std::vector<neuron_range> inputs;
  std::vector<std::string> input_names;
  /// None, nor names: the neurons that nobody reads or, without such, all but
  /// the inputs.
  std::vector<neuron_range> outputs;
  std::vector<std::string> output_names;
};

/// An input that was made, and the neuron that it drives: of the network.
struct driven_neuron {
  neuron_id input = 0;
  neuron_id neuron = 0;
};

/// A network of single neurons and what belongs to it.
struct wired_network {
  network net;
  /// With the network's numbers, sorted.
  std::vector<given_edge> edges;
  /// By neuron: its number in the list of edges. Inputs come first, then all
  /// others, both in the order of these numbers; so numbers stay as they are
  /// where the list begins with the inputs and skips no number. Where they do
  /// not, and the list has no names, a neuron's name is "n" and its number in
  /// the list.
  std::vector<neuron_id> numbers;
  std::vector<driven_neuron> driven;
};

/// A layer "input" and a sparse layer "neurons". Errors: bad_data, with `name`
/// and the line: an edge that is there twice; inputs or outputs that are in no
/// edge, no inputs at all; those of network::make.
caf::expected<wired_network> wire(edge_table table,
                                  const edge_list_options& options,
                                  const std::string& name);

/// The same without edges, to be wired later: `inputs` inputs and `neurons`
/// neurons behind them; outputs by their numbers in the network.
caf::expected<network> unwired_network(std::uint64_t inputs,
                                       std::uint64_t neurons,
                                       activation_kind activation,
                                       std::vector<neuron_range> outputs);

/// The network with these edges more, or less. Errors: bad_argument where a
/// target is no neuron of a sparse layer, where an edge is there already, or is
/// not there; those of network::make.
caf::expected<network> with_edges(const network& net,
                                  const std::vector<edge>& more);
caf::expected<network> without_edges(const network& net,
                                     const std::vector<edge>& fewer);

/// Names a wired layer among its own inputs where its neurons read each other,
/// and only there. `own` are its neurons, `id` is its place.
void name_itself(layer& x, layer_id id, neuron_range own);

} // namespace ganglion
