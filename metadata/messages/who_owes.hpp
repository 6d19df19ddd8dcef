// Who owes what: finds, in what all nodes say of one micro-batch, the actor
// that has all it needs and has not done its part. A pure function on passive
// data; who asks for it, and when, is runtime/engine/watch.cpp.
#pragma once

#include <optional>
#include <span>

#include "metadata/messages/deploy_messages.hpp"
#include "metadata/messages/flow_messages.hpp"

namespace ganglion {

struct debtor {
  node_index node = 0;
  deployment_part who;
};

/// `states`: by node of the cluster view, what it answered; none where it did
/// not. The first actor in the order of the flow (forward, then, for a
/// `training`, back) that is not through, or of which nothing is known. None
/// where all are through.
std::optional<debtor>
who_owes(const deploy& of, bool training,
         std::span<const std::optional<flow_state>> states);

} // namespace ganglion
