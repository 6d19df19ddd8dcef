// Room in the pool of buffers (buffer_pool.hpp) for large copies that are made
// over and over, such as those of a commit: the first touch of new memory costs
// more than the copy itself. Owned by whoever takes the copies; safe to make
// and destroy on any thread. It holds no memory itself.
#pragma once

#include <cstddef>

namespace ganglion {

/// While it lives, so many bytes more may wait to be taken again.
class buffer_reserve {
public:
  explicit buffer_reserve(std::size_t bytes);
  buffer_reserve(const buffer_reserve&) = delete;
  buffer_reserve& operator=(const buffer_reserve&) = delete;

  /// Gives back to the system what waits beyond the pool's own limit.
  ~buffer_reserve();

  [[nodiscard]] std::size_t bytes() const noexcept {
    return bytes_;
  }

private:
  std::size_t bytes_;
};

} // namespace ganglion
