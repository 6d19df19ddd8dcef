#include "runtime/data/edge_file.hpp"

#include "metadata/error.hpp"
#include "metadata/input.hpp"

namespace ganglion {

namespace {

constexpr std::size_t max_edge_file = std::size_t{1} << 28;

} // namespace

caf::expected<wired_network> read_edges(const std::string& path,
                                        const edge_list_options& options) {
  auto text = read_input(path, errc::bad_data, max_edge_file);
  if (!text)
    return text.error();
  auto table = parse_edges(*text, path, options.sum_doubled);
  if (!table)
    return table.error();
  auto result = wire(std::move(table->edges), options, path);
  if (result && !table->names.empty())
    for (auto number : result->numbers)
      result->names.push_back(table->names[number]);
  return result;
}

caf::expected<network> find_network(std::string_view text,
                                    std::uint64_t block_size) {
  constexpr std::string_view prefix = "edges:";
  if (!text.starts_with(prefix))
    return parse_network(text, block_size);
  text.remove_prefix(prefix.size());
  edge_list_options options;
  auto colon = text.rfind(':');
  // A path may have a colon, too.
  if (colon != std::string_view::npos
      && text.find_first_of("/.", colon) == std::string_view::npos) {
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
