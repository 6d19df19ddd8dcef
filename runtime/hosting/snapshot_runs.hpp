// Which of the copies that a node's groups made of a step go into one shard.
// Pure functions for kept_steps.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "metadata/messages/messages.hpp"

namespace ganglion {

using snapshots = std::vector<snapshot>;

/// Bytes of weights and optimizer state.
std::uint64_t bytes_of(const snapshots& all);

/// Where the shard that begins with `first` ends: snapshots of one layer, in
/// the order of their neurons and without a gap, of a moderate size together.
snapshots::iterator shard_end(snapshots::iterator first,
                              snapshots::iterator last);

} // namespace ganglion
