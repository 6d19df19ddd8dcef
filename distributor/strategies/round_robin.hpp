// Blocks dealt out one by one, as cards are.
#pragma once

#include "distributor/strategies/strategy.hpp"

namespace ganglion {

/// Block after block to node after node, layer by layer: every node has about
/// as much of each layer, and no block is cut.
struct by_round_robin {
  static constexpr std::string_view name = "round-robin";
  static constexpr std::string_view example = "round-robin";
  static constexpr bool divides = false;

  static caf::expected<by_round_robin> parse(std::string_view args,
                                             const strategy_flags& flags);
};

assignments assign(const network& net, const cluster_view& cluster,
                   const by_round_robin& how, partition_scope within);

} // namespace ganglion
