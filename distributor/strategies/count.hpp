// So many neurons for each node.
#pragma once

#include "distributor/strategies/strategy.hpp"

namespace ganglion {

/// Neurons per node, in the order of the nodes; one entry may be `rest`.
struct by_count {
  /// No value stands for `rest`.
  std::vector<std::optional<std::uint64_t>> counts;

  static constexpr std::string_view name = "count";
  static constexpr std::string_view example = "count=200,150,rest";
  static constexpr bool divides = true;

  static caf::expected<by_count> parse(std::string_view args,
                                       const strategy_flags& flags);
};

assignments assign(const network& net, const cluster_view& cluster,
                   const by_count& how, partition_scope within);

} // namespace ganglion
