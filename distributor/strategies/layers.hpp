// Whole layers.
#pragma once

#include "distributor/strategies/strategy.hpp"

namespace ganglion {

/// Layers per node, as find_layers reads them, or `rest`; no entries:
/// contiguous layers balanced by the number of weights.
struct by_layers {
  struct entry {
    std::string node;
    std::vector<std::string> layers;
  };
  std::vector<entry> entries;

  static constexpr std::string_view name = "layers";
  static constexpr std::string_view example = "layers=a:1+2,b:rest or layers";
  static constexpr bool divides = false;

  static caf::expected<by_layers> parse(std::string_view args,
                                        const strategy_flags& flags);
};

assignments assign(const network& net, const cluster_view& cluster,
                   const by_layers& how, partition_scope within);

} // namespace ganglion
