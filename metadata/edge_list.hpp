// Networks that are given edge by edge: the text form of their edges, how
// arbitrary numbers of neurons become those of a network, and how an edge is
// added or taken away. Pure functions; they read no files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/network.hpp"

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

/// Reads lines "SOURCE,TARGET[,WEIGHT]", separated by commas, semicolons or
/// tabs, with numbers or names of neurons. A first line that names columns
/// source, from or pre, and target, to or post, says which they are among
/// others (and weight, synapses, sections, count or value); other names are
/// skipped, and so are empty lines and those that start with #. `sum`: edges
/// that are there twice become one with the sum of their weights. Errors:
/// bad_data, with `name`, the line, and what was expected there; more than
/// max_edges lines.
caf::expected<edge_table>
parse_edges(std::string_view text, const std::string& name, bool sum = false);

/// What is not in the list of edges. Neurons by the numbers used there.
struct edge_list_options {
  activation_kind activation = activation_kind::tanh;
  /// Whether edges that are there twice become one, with the sum of their
  /// weights, and are no error.
  bool sum_doubled = false;
  /// None: the neurons that read nothing.
  std::vector<neuron_range> inputs;
  /// None: the neurons that nobody reads or, without such, all but the inputs.
  std::vector<neuron_range> outputs;
};

/// A network of single neurons and what belongs to it.
struct wired_network {
  network net;
  /// With the network's numbers, sorted.
  std::vector<given_edge> edges;
  /// By neuron: its number in the list of edges. Inputs come first, then all
  /// others, both in the order of these numbers; so numbers stay as they are
  /// where the list begins with the inputs and skips no number.
  std::vector<neuron_id> numbers;
  /// Of a list with names: by neuron.
  std::vector<std::string> names;
};

/// A layer "input" and a sparse layer "neurons". Errors: bad_data, with `name`
/// and the line: an edge that is there twice, or leads into an input; inputs or
/// outputs that are in no edge, no inputs at all; those of network::make.
caf::expected<wired_network> wire(std::vector<given_edge> edges,
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

} // namespace ganglion
