#include "runtime/data/edge_file.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

constexpr std::size_t max_edge_file = std::size_t{1} << 28;

/// Bytes that are read at a time.
constexpr std::size_t read_size = std::size_t{1} << 20;

caf::error no_edges_in(const std::string& path, std::string_view why) {
  return make_failure(errc::bad_data,
                      fmt::format("{}: expected a file of lines "
                                  "SOURCE,TARGET,WEIGHT, but {}",
                                  path, why));
}

caf::expected<std::string> edge_text(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::string result;
  while (in) {
    auto size = result.size();
    result.resize(size + read_size);
    in.read(result.data() + size, read_size);
    result.resize(size + static_cast<std::size_t>(in.gcount()));
    if (result.size() > max_edge_file)
      return no_edges_in(path, "it has more than 256 MiB");
  }
  if (!in.eof())
    return no_edges_in(path, std::system_category().message(errno));
  return result;
}

} // namespace

caf::expected<wired_network> read_edges(const std::string& path,
                                        const edge_list_options& options) {
  auto text = edge_text(path);
  if (!text)
    return text.error();
  auto edges = parse_edges(*text, path);
  if (!edges)
    return edges.error();
  return wire(std::move(*edges), options, path);
}

caf::expected<network> find_network(std::string_view text,
                                    std::uint64_t block_size) {
  constexpr std::string_view prefix = "edges:";
  if (!text.starts_with(prefix))
    return parse_network(text, block_size);
  text.remove_prefix(prefix.size());
  edge_list_options options;
  auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    auto activation = parse_activation(text.substr(colon + 1));
    if (!activation)
      return activation.error();
    options.activation = *activation;
    text = text.substr(0, colon);
  }
  auto wired = read_edges(std::string{text}, options);
  if (!wired)
    return wired.error();
  return std::move(wired->net);
}

} // namespace ganglion
