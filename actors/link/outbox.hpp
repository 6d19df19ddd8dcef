// What waits to be written to one connection, cut into frames in the order of
// importance: control first, then the oldest micro-batch. Frames are made as
// late as possible, so that what comes later but matters more still overtakes.
// Owned by a connection; it knows no sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>

#include <caf/byte_buffer.hpp>

#include "actors/link/frame_batch.hpp"
#include "actors/link/wire.hpp"

namespace ganglion {

class outbox {
public:
  /// Greetings, refusals, heartbeats: before everything else.
  void add(frame_kind kind, caf::byte_buffer payload = {});

  void add(const control_envelope& message);

  void add(tensor_message message);

  /// Moves the next frame to a batch; false where nothing waits.
  bool take_frame(frame_batch& to);

  [[nodiscard]] bool empty() const noexcept {
    return entries_.empty();
  }

  /// Bytes that wait, without what frames add to them.
  [[nodiscard]] std::size_t size() const noexcept {
    return size_;
  }

  /// Of them, those of control messages.
  [[nodiscard]] std::size_t controls() const noexcept {
    return controls_;
  }

  void clear() {
    entries_.clear();
    size_ = controls_ = 0;
  }

private:
  /// Class (0 goes first), sequence of the micro-batch, order of arrival.
  using key = std::tuple<int, std::uint64_t, std::uint64_t>;

  struct entry {
    frame_kind kind = frame_kind::control;
    std::uint32_t stream = 0;
    caf::byte_buffer bytes;
    tensor values;
    /// Bytes written of what is being written.
    std::size_t done = 0;
  };

  void add(int rank, std::uint64_t sequence, entry x);
  static void begin_frame(const entry& x, std::size_t length, bool last,
                          frame_batch& to);
  bool take_bytes(entry& x, frame_batch& to);
  bool take_values(entry& x, frame_batch& to);

  std::map<key, entry> entries_;
  std::uint64_t order_ = 0;
  std::size_t size_ = 0;
  std::size_t controls_ = 0;
};

} // namespace ganglion
