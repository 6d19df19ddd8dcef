// How the name of a commit (metadata/training/commit_id.hpp) is written: for
// users, and as the name of its manifest. Pure functions on texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/training/commit_id.hpp"

namespace ganglion {

/// "3-1200", or "none".
std::string to_string(commit_id x);

/// Parses "3-1200" as a user types it.
caf::expected<commit_id> parse_commit(std::string_view text);

/// The name of its manifest: "000003-000000001200".
std::string file_name(commit_id x);

/// The commit that `file_name` gives this very name to.
std::optional<commit_id> from_file_name(std::string_view name);

} // namespace ganglion
