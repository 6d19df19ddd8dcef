// What placements look like and cost, for the commands that change them. Pure
// functions of a network and placements.
#pragma once

#include <string>

#include <caf/expected.hpp>

#include "distributor/plan.hpp"
#include "metadata/network/network.hpp"
#include "metadata/placement/placement.hpp"

namespace ganglion::cli {

/// What lives where, a line per node.
std::string placement_lines(const network& net, const placement& where);

/// "between nodes, per sample in batches of 128: 80.1 B training, ...".
std::string cost_line(const plan& x);

/// What a change moves, a line per range, and how many bytes of parameters and
/// of the optimizer's state that is; one line where nothing moves.
std::string change_lines(const network& net, const placement& from,
                         const placement& to, optimizer_kind optimizer);

/// The same placement but for these neurons.
caf::expected<placement> with_moved(const network& net, const placement& where,
                                    const std::vector<neuron_range>& neurons,
                                    node_index to);

} // namespace ganglion::cli
