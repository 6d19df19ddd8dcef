#include "runtime/nodes/path_mapping.hpp"

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

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
  const path_mapping* best = nullptr;
  for (const auto& x : mappings) {
    auto inside = path.starts_with(x.from)
                  && (path.size() == x.from.size() || x.from.ends_with('/')
                      || path[x.from.size()] == '/');
    if (inside && (!best || x.from.size() > best->from.size()))
      best = &x;
  }
  return best ? best->to + path.substr(best->from.size()) : path;
}

} // namespace ganglion
