// The distributor: network + cluster view + request -> placement, or an error
// that says what to change. Pure functions; whoever has another idea of a good
// placement makes `assignment`s and calls placement::make.
#pragma once

#include <caf/expected.hpp>

#include "distributor/request.hpp"
#include "metadata/network/network.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/placement.hpp"

namespace ganglion {

/// Places every neuron with weights exactly once, as the request says.
caf::expected<placement> distribute(const network& net,
                                    const cluster_view& cluster,
                                    const partition_request& request);

} // namespace ganglion
