// Reads a network of single neurons from a table of its edges. Ordinary
// functions; how edges become a network is in metadata/network/edge_list.hpp.
#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/network/edge_list.hpp"

namespace ganglion {

/// A table (see table.hpp) of records SOURCE, TARGET and perhaps WEIGHT, with
/// numbers or names of neurons. A first record that names columns source, from
/// or pre, and target, to or post, says which they are among others (and
/// weight, synapses, sections, count or value); other names are skipped, and so
/// are lines that start with #. Pairs that are there twice are refused or
/// summed as the options say. Errors: bad_data, naming the file, and line and
/// column where there are any: what cannot be read, more than max_edges edges,
/// or what is no such network (see wire).
caf::expected<wired_network> read_edges(const std::string& path,
                                        const edge_list_options& options);

/// The same of a text in memory, but for the network; `name` is for messages.
caf::expected<edge_table> parse_edges(std::string text, const std::string& name,
                                      bool sum_doubled = false);

/// What a user writes after --network: that of parse_network, or
/// "edges:FILE.csv[:ACTIVATION]" for a network of single neurons.
caf::expected<network> find_network(std::string_view text,
                                    std::uint64_t block_size,
                                    bool sum_doubled = false);

} // namespace ganglion
