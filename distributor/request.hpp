// What a user asks of the distributor: a strategy with its arguments. Plain
// data, and the parser of its text form, `--by`. It knows no network and opens
// no file.
#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "distributor/strategies/list.hpp"

namespace ganglion {

struct partition_request {
  any_strategy strategy;
  partition_scope within = partition_scope::network;
};

/// Parses `count=200,150,rest`, `percentage=50,30,20`,
/// `identifiers=a:784-900+950,b:901-949` or `a:hidden1[0..9]+AVAL`,
/// `layers=a:1+2,b:3`, `layers`, or `round-robin`. `exact` applies to
/// percentages; `within` is
/// "", "network" or "layer".
caf::expected<partition_request> parse_request(std::string_view text,
                                               bool exact = false,
                                               std::string_view within = "");

/// What `within` says, for a strategy of this name; errors where it, or
/// `exact`, does not go with that.
caf::expected<partition_scope> scope_for(std::string_view strategy, bool exact,
                                         std::string_view within);

/// What may follow `--by`: "count=200,150,rest, percentage=50,30,20, ...".
std::string strategy_examples();

} // namespace ganglion
