// Frames: how bytes lie on a connection between two nodes. A frame is a prefix
// of 12 bytes and a payload of at most 1 MiB; the reader takes bytes as they
// come and never allocates what a length merely claims. It knows no sockets
// and no actors; one per connection, owned by its link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <caf/error.hpp>

namespace ganglion {

enum class frame_kind : std::uint8_t {
  /// Opens the connection: who dials, and what it speaks.
  hello = 1,
  /// The answer: who listens.
  welcome,
  /// The answer to a peer that does not fit: why, as text.
  refuse,
  /// Nothing to say, but alive.
  heartbeat,
  /// A part of a control message; `frame_last` marks its end.
  control,
  /// Header and shape of a tensor.
  tensor_head,
  /// Values of the tensor that was announced on this stream.
  tensor_data,
};

/// Bit of frame_prefix::flags: the last frame of its message.
constexpr std::uint8_t frame_last = 1;

/// Little-endian, as it lies on the wire.
struct frame_prefix {
  /// Bytes of payload.
  std::uint32_t length = 0;
  frame_kind kind = frame_kind::heartbeat;
  std::uint8_t flags = 0;
  std::uint16_t reserved = 0;
  /// Tells messages apart whose frames alternate.
  std::uint32_t stream = 0;
};

static_assert(sizeof(frame_prefix) == 12);

/// Longest payload of a frame.
constexpr std::size_t max_frame_payload = std::size_t{1} << 20;

/// Longest payload before the handshake is done.
constexpr std::size_t max_handshake_payload = std::size_t{1} << 12;

/// Takes what a reader finds.
class frame_sink {
public:
  virtual ~frame_sink() = default;

  /// A whole frame that is not tensor data.
  virtual caf::error on_frame(const frame_prefix& prefix,
                              std::span<const std::byte> payload)
    = 0;

  /// Some more bytes of a frame of tensor data, in order.
  virtual caf::error on_tensor_bytes(const frame_prefix& prefix,
                                     std::span<const std::byte> bytes)
    = 0;

  /// Where the next bytes of a frame of tensor data belong, at most `left`, for
  /// a reader that can put them there itself; nowhere by default.
  virtual std::span<std::byte> tensor_room(const frame_prefix& /*prefix*/,
                                           std::size_t /*left*/) {
    return {};
  }

  /// `count` bytes were put where `tensor_room` said.
  virtual caf::error on_tensor_filled(const frame_prefix& /*prefix*/,
                                      std::size_t /*count*/) {
    return {};
  }
};

class frame_reader {
public:
  /// Until the handshake is done, frames are small and carry no tensors.
  void handshake_done() noexcept {
    trusted_ = true;
  }

  /// Cuts `bytes` into frames. The first error of the protocol or of `sink`
  /// ends it: the connection is of no use any more.
  caf::error feed(std::span<const std::byte> bytes, frame_sink& sink);

  /// Where `sink` wants the very next bytes, if these are a tensor's; empty
  /// where they are to be fed.
  [[nodiscard]] std::span<std::byte> room(frame_sink& sink) const;

  /// The next `count` bytes were put there.
  caf::error filled(std::size_t count, frame_sink& sink);

private:
  caf::error read_prefix(std::span<const std::byte>& bytes, frame_sink& sink);
  caf::error read_payload(std::span<const std::byte>& bytes, frame_sink& sink);
  caf::error read_tensor(std::span<const std::byte>& bytes, frame_sink& sink);
  [[nodiscard]] caf::error check_prefix() const;

  frame_prefix prefix_;
  std::size_t prefix_read_ = 0;
  std::size_t payload_left_ = 0;
  /// Start of a payload whose end has not arrived.
  std::vector<std::byte> partial_;
  bool trusted_ = false;
};

} // namespace ganglion
