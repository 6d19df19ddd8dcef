#include "distributor/strategies/identifiers.hpp"

#include <fmt/format.h>

#include "distributor/scopes.hpp"
#include "metadata/network/layer_text.hpp"
#include "metadata/network/neuron_text.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"

namespace ganglion {

namespace {

/// Whether somebody meant a number or a range, not a neuron's name.
bool is_numeric(std::string_view text) {
  return text.find_first_not_of("0123456789-") == std::string_view::npos;
}

caf::expected<neuron_range> parse_range(std::string_view text) {
  auto dash = text.find('-');
  auto first = number_from<std::uint64_t>(text.substr(0, dash));
  auto last = dash == std::string_view::npos
                ? first
                : number_from<std::uint64_t>(text.substr(dash + 1));
  if (!first || !last || *last < *first || *last == UINT64_MAX)
    return bad_strategy(
      fmt::format("'{}' is no neuron and no range of neurons: write "
                  "784 or 784-900",
                  printable(text)));
  return range_between(*first, *last + 1);
}

/// Neurons of one layer, or all those of several.
caf::expected<std::vector<neuron_range>> ranges_of(const network& net,
                                                   std::string_view text) {
  auto range = find_neurons(net, text);
  if (range)
    return std::vector{*range};
  auto layers = find_layers(net, text);
  if (!layers)
    return range.error();
  std::vector<neuron_range> result;
  for (auto id : *layers)
    result.push_back(net.range_of(id));
  return result;
}

} // namespace

caf::error add_identifiers(by_identifiers& result, std::string_view text) {
  auto entry = parse_entry(text, "identifiers=a:784-900+950,b:901-949");
  if (!entry)
    return entry.error();
  by_identifiers::entry parsed{entry->first, {}, {}};
  for (auto item : entry->second) {
    item = trimmed(item);
    if (!is_numeric(item)) {
      parsed.neurons.emplace_back(item);
      continue;
    }
    auto range = parse_range(item);
    if (!range)
      return range.error();
    parsed.ranges.push_back(*range);
  }
  result.entries.push_back(std::move(parsed));
  return {};
}

caf::expected<by_identifiers> by_identifiers::parse(std::string_view args,
                                                    const strategy_flags&) {
  by_identifiers result;
  for (auto item : split_at(args, ','))
    if (auto err = add_identifiers(result, item))
      return err;
  return result;
}

assignments assign(const network& net, const cluster_view& cluster,
                   const by_identifiers& how, partition_scope) {
  std::vector<assignment> result;
  std::vector<node_index> rest;
  for (const auto& entry : how.entries) {
    auto node = find_node(cluster, entry.node);
    if (!node)
      return node.error();
    for (auto range : entry.ranges)
      result.push_back({range, *node});
    for (const auto& text : entry.neurons) {
      auto ranges = ranges_of(net, text);
      if (!ranges && text == rest_word) {
        rest.push_back(*node);
        continue;
      }
      if (!ranges)
        return ranges.error();
      for (auto range : *ranges)
        result.push_back({range, *node});
    }
  }
  return with_rest(net, std::move(result), rest);
}

} // namespace ganglion
