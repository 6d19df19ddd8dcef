// The list of strategies. One is a pair of files in this folder, an include and
// a place in the list here.
#pragma once

#include <variant>

#include "distributor/strategies/count.hpp"
#include "distributor/strategies/identifiers.hpp"
#include "distributor/strategies/layers.hpp"
#include "distributor/strategies/percentage.hpp"
#include "distributor/strategies/round_robin.hpp"

namespace ganglion {

using any_strategy = std::variant<by_count, by_percentage, by_identifiers,
                                  by_layers, by_round_robin>;

} // namespace ganglion
