// A share of the neurons for each node.
#pragma once

#include "distributor/strategies/strategy.hpp"

namespace ganglion {

/// Percent of the neurons per node, in the order of the nodes.
struct by_percentage {
  std::vector<double> shares;
  /// To the nearest neuron instead of the nearest block border.
  bool exact = false;

  static constexpr std::string_view name = "percentage";
  static constexpr std::string_view example = "percentage=50,30,20";
  static constexpr bool divides = true;

  static caf::expected<by_percentage> parse(std::string_view args,
                                            const strategy_flags& flags);
};

assignments assign(const network& net, const cluster_view& cluster,
                   const by_percentage& how, partition_scope within);

} // namespace ganglion
