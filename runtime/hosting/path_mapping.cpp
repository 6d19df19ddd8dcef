#include "runtime/hosting/path_mapping.hpp"

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// At its end, so that "/a/" is "/a", and "/" is "".
std::string_view without_slash(std::string_view path) {
  while (path.ends_with('/'))
    path.remove_suffix(1);
  return path;
}

} // namespace

caf::expected<path_mapping> parse_mapping(std::string_view text) {
  auto equals = text.find('=');
  if (equals != text.npos && equals > 0 && equals + 1 < text.size())
    return path_mapping{std::string{text.substr(0, equals)},
                        std::string{text.substr(equals + 1)}};
  return make_failure(errc::bad_argument,
                      fmt::format("'{}': write FROM=TO, such as "
                                  "/models=/mnt/models",
                                  text));
}

std::string mapped(const std::string& path,
                   const std::vector<path_mapping>& mappings) {
  std::string_view from;
  const path_mapping* best = nullptr;
  for (const auto& x : mappings) {
    auto start = without_slash(x.from);
    auto inside = path.starts_with(start)
                  && (path.size() == start.size() || path[start.size()] == '/');
    if (!inside || (best && start.size() <= from.size()))
      continue;
    best = &x;
    from = start;
  }
  if (!best)
    return path;
  auto result = std::string{without_slash(best->to)} + path.substr(from.size());
  return result.empty() ? "/" : result;
}

} // namespace ganglion
