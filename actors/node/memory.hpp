// How much memory a deployment takes at the least on a node, and how much there
// is. Estimates, for refusing what cannot fit before anything is allocated.
#pragma once

#include <cstdint>

#include "metadata/messages/deploy_messages.hpp"

namespace ganglion {

/// Bytes that the process may still take: of the machine, of its control group
/// and its own limit, whichever is least.
std::uint64_t available_memory();

/// Bytes of parameters, of the optimizer's arrays, and of actors, for a node
/// with so many groups, of so many in all.
std::uint64_t least_memory(const deploy& x, node_index node,
                           std::uint64_t groups, std::uint64_t all_groups);

} // namespace ganglion
