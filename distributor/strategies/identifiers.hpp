// Neurons that are named, node by node.
#pragma once

#include "distributor/strategies/strategy.hpp"

namespace ganglion {

/// Neurons per node, by name: ranges of IDs, as find_neurons and find_layers
/// read them, or `rest`.
struct by_identifiers {
  struct entry {
    std::string node;
    std::vector<neuron_range> ranges;
    std::vector<std::string> neurons;
  };
  std::vector<entry> entries;

  static constexpr std::string_view name = "identifiers";
  static constexpr std::string_view example = "identifiers=a:784-900+950,b:...";
  static constexpr bool divides = false;

  static caf::expected<by_identifiers> parse(std::string_view args,
                                             const strategy_flags& flags);
};

assignments assign(const network& net, const cluster_view& cluster,
                   const by_identifiers& how, partition_scope within);

/// Parses one entry of identifiers, `a:784-900+950`, into `result`.
caf::error add_identifiers(by_identifiers& result, std::string_view text);

} // namespace ganglion
