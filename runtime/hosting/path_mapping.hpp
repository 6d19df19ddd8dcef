// Servers that see one share under different paths: how a server finds a model
// whose path another one told it. Pure functions on texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

namespace ganglion {

/// Where this server sees what others call `from`.
struct path_mapping {
  std::string from;
  std::string to;
};

/// "FROM=TO".
caf::expected<path_mapping> parse_mapping(std::string_view text);

/// `path` as this server sees it; the longest `from` that it lies in counts.
std::string mapped(const std::string& path,
                   const std::vector<path_mapping>& mappings);

} // namespace ganglion
