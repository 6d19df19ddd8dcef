// The text of `--by` as users write it: what the distributor's parser reads,
// and `identifiers=@FILE`. Opens the file; the distributor opens none.
#pragma once

#include <string_view>

#include <caf/expected.hpp>

#include "distributor/request.hpp"

namespace ganglion {

/// As parse_request, and also `identifiers=@FILE`: one `node:784-900+950` entry
/// per line, # starts a comment. Errors, naming file and line: bad_argument.
caf::expected<partition_request> read_request(std::string_view text,
                                              bool exact = false,
                                              std::string_view within = "");

} // namespace ganglion
