// Reads a network of single neurons from a file of its edges. Ordinary
// functions; metadata/edge_list.hpp says what such a file holds.
#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/edge_list.hpp"

namespace ganglion {

/// Errors: bad_data, naming the file, and the line where there is one: what
/// cannot be read, is larger than 256 MiB, or holds no such network.
caf::expected<wired_network> read_edges(const std::string& path,
                                        const edge_list_options& options);

/// What a user writes after --network: that of parse_network, or
/// "edges:FILE.csv[:ACTIVATION]" for a network of single neurons.
caf::expected<network> find_network(std::string_view text,
                                    std::uint64_t block_size);

} // namespace ganglion
