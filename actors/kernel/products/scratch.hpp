// Room for what a product copies together, one for each thread and use, kept
// until the thread ends: a step takes no memory from the system. Its contents
// last until the same thread asks for the same room again.
#pragma once

#include <cstddef>

namespace ganglion {

enum class scratch_use { panels, strip, stack, sums };

/// At least `count` floats, not initialised, from the start of a cache line.
float* scratch(scratch_use use, std::size_t count);

} // namespace ganglion
