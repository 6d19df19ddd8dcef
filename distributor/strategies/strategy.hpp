// What strategies have in common: scopes, what they yield, and how their
// arguments are read. A strategy is a struct with its arguments, in a pair of
// files of this folder, with these static members, and an overload of `assign`;
// it is listed in list.hpp. Pure functions.
//
//     name       what `--by` calls it: "count"
//     example    what errors show: "count=200,150,rest"
//     divides    whether it takes shares, so that --within layer makes sense
//     parse      from the text after '=', empty where there is none
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/network/network.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/placement.hpp"

namespace ganglion {

/// What counts and percentages apply to.
enum class partition_scope : std::uint8_t { network, layer };

/// What each strategy yields: checked by `distribute`, it may span layers and
/// need not cover the network.
using assignments = caf::expected<std::vector<assignment>>;

/// What stands beside the strategy on a command line.
struct strategy_flags {
  bool exact = false;
};

// -- for parse ----------------------------------------------------------------

caf::error bad_strategy(std::string text);

std::vector<std::string_view> split_at(std::string_view text, char separator);

std::string_view trimmed(std::string_view text);

/// Splits "a:x+y" into the node's name and its items.
caf::expected<std::pair<std::string, std::vector<std::string_view>>>
parse_entry(std::string_view text, std::string_view example);

} // namespace ganglion
