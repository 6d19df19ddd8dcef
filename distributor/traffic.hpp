// What a step or an inference sends between each pair of nodes, for the plan
// (distributor/plan.hpp): outputs, ticks and pieces of gradients, each to whom
// the rules of layers say reads some of it. Pure function; it measures nothing.
#pragma once

#include <vector>

#include "distributor/plan.hpp"

namespace ganglion {

/// Pairs of nodes that send each other nothing are left out. The placement must
/// fit network and cluster view, and the network have one output layer.
std::vector<traffic_plan> traffic_of(const network& net,
                                     const cluster_view& cluster,
                                     const placement& where,
                                     const plan_options& options);

} // namespace ganglion
