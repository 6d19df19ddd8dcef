// Frames on their way into a socket: prefixes, and references to the bytes that
// they carry, which the batch keeps alive. A tensor's values go from where they
// are into the socket, without a copy in between. Owned by a connection; it
// knows nothing of sockets.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include <caf/byte_buffer.hpp>

#include "actors/link/frame.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

class frame_batch {
public:
  /// Begins a frame; its payload is what is added until the next one.
  void add(const frame_prefix& prefix);

  /// Bytes that stay where they are until the batch is done.
  void add(std::span<const std::byte> bytes);

  /// Bytes that the batch takes over.
  void add(caf::byte_buffer bytes);

  /// Bytes first, ..., first + count - 1 of a tensor's values.
  void add(const tensor& values, std::size_t first, std::size_t count);

  /// What has not been sent yet, in order.
  [[nodiscard]] std::span<iovec> pieces() noexcept {
    return std::span{pieces_}.subspan(next_);
  }

  [[nodiscard]] bool done() const noexcept {
    return next_ == pieces_.size();
  }

  /// Bytes that have not been sent yet.
  [[nodiscard]] std::size_t size() const noexcept {
    return size_;
  }

  /// The first `count` bytes were sent; the batch is empty after the last.
  void advance(std::size_t count);

  void clear();

private:
  std::deque<frame_prefix> prefixes_;
  std::vector<iovec> pieces_;
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::vector<tensor> tensors_;
  std::vector<caf::byte_buffer> buffers_;
};

} // namespace ganglion
