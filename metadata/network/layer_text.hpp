// How users write layers: by name, by number, or several at once by what their
// names begin with: `block2` is block2.norm1, block2.attention and all others
// of that block, `block0..3` those of four blocks. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/network/network.hpp"

namespace ganglion {

/// In the order of the network. Errors, which say what there is: not_found.
caf::expected<std::vector<layer_id>> find_layers(const network& net,
                                                 std::string_view text);

/// All names, those of blocks that are alike as one: "embedding,
/// block0..3.norm/gated, logits".
std::string list_of_layers(const network& net);

} // namespace ganglion
