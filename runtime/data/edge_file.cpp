#include "runtime/data/edge_file.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

constexpr std::size_t max_size = std::size_t{1} << 28;

/// Bytes that are read at a time.
constexpr std::size_t piece_size = std::size_t{1} << 20;

caf::error unreadable(const std::string& path, std::string_view why) {
  return make_failure(errc::bad_data,
                      fmt::format("{}: expected a file of lines "
                                  "SOURCE,TARGET,WEIGHT, but {}",
                                  path, why));
}

caf::expected<std::string> text_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::string result;
  while (in) {
    auto size = result.size();
    result.resize(size + piece_size);
    in.read(result.data() + size, piece_size);
    result.resize(size + static_cast<std::size_t>(in.gcount()));
    if (result.size() > max_size)
      return unreadable(path, "it has more than 256 MiB");
  }
  if (!in.eof())
    return unreadable(path, std::system_category().message(errno));
  return result;
}

} // namespace

caf::expected<wired_network> read_edges(const std::string& path,
                                        const edge_list_options& options) {
  auto text = text_of(path);
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
