#include "metadata/network/neuron_text.hpp"

#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/network/layer_text.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"

namespace ganglion {

namespace {

caf::error bad(std::string text) {
  return make_failure(errc::bad_argument, std::move(text));
}

caf::error no_such(const network& net, std::string_view text) {
  return bad(fmt::format("'{}': expected neurons such as {}[0] of {}{}",
                         printable(text), net.layers().back().name,
                         list_of_layers(net),
                         net.has_names() ? ", or a neuron's name" : ""));
}

} // namespace

caf::expected<neuron_range> parse_indexes(std::string_view text,
                                          std::string_view separator,
                                          neuron_range within,
                                          std::string_view whole) {
  std::string_view between = text.find("..") != text.npos ? ".." : "-";
  auto at = text.find(between);
  auto first = number_from<std::uint64_t>(text.substr(0, at));
  auto last = at == std::string_view::npos
                ? first
                : number_from<std::uint64_t>(text.substr(at + between.size()));
  if (first && last && *first <= *last && *last < within.count)
    return neuron_range{within.first + *first, *last - *first + 1};
  return bad(
    fmt::format("'{}': expected one number or FIRST{}LAST, from 0 to {}",
                printable(whole), separator, within.count - 1));
}

caf::expected<neuron_range> find_neurons(const network& net,
                                         std::string_view text) {
  if (auto id = net.named(text))
    return neuron_range{*id, 1};
  if (!text.empty() && text[0] >= '0' && text[0] <= '9')
    return parse_indexes(text, "-", {0, net.neuron_count()}, text);
  auto open = text.find('[');
  auto owner = net.find(text.substr(0, open));
  if (!owner)
    return no_such(net, text);
  auto all = net.range_of(*owner);
  if (open == std::string_view::npos)
    return all;
  auto inner = text.substr(open + 1);
  if (!inner.ends_with(']'))
    return bad(fmt::format("'{}': expected a ] at the end", printable(text)));
  inner.remove_suffix(1);
  return parse_indexes(inner, "..", all, text);
}

} // namespace ganglion
