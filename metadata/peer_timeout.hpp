// After how long without a sign of life a peer counts as lost: what programs
// and commands may choose, and what they get otherwise. Constants only; the
// links keep the time (actors/link/link_port.hpp).
#pragma once

#include <chrono>

namespace ganglion {

/// Longer than the network may be away for a moment, shorter than the 10 s
/// within which a run must end after a node's death.
constexpr auto default_peer_timeout = std::chrono::seconds{8};

/// Less, and a busy machine would be taken for a dead one.
constexpr auto min_peer_timeout = std::chrono::seconds{2};

/// More, and nobody would wait for it.
constexpr auto max_peer_timeout = std::chrono::seconds{3600};

} // namespace ganglion
