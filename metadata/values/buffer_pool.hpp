// Memory for matrices: buffers that were given back are given out again, so
// that a training step after the first ones takes nothing from the system.
// Shared by all threads of the process; a buffer may be given back by another
// thread than the one that took it. Small buffers are left to the general
// allocator.
#pragma once

#include <cstddef>
#include <memory>

namespace ganglion {

/// Room for `count` floats, not initialised; large ones are aligned to a cache
/// line.
std::shared_ptr<float[]> take_buffer(std::size_t count);

/// Returns the buffers that wait to the system: for work that uses many sizes,
/// each for a while.
void drop_pooled_buffers();

/// Bytes of the buffers that wait to be taken again.
std::size_t pooled_bytes();

} // namespace ganglion
