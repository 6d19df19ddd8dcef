// Tensors on their way in: announced by a head, filled as bytes arrive, and
// counted in their owner's account until the last reader has done with them.
// Whether a head fits the deployment is decided before. Owned by a link.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include <caf/expected.hpp>

#include "actors/link/memory_account.hpp"
#include "actors/link/wire.hpp"

namespace ganglion {

class inbound_tensors {
public:
  /// Makes room for an announced tensor. `wanted` is false for what belongs to
  /// a run that has ended: its bytes are skipped. Errors: protocol, where more
  /// is on its way than an engine lets in.
  caf::error announce(std::uint32_t stream, tensor_head head, bool wanted,
                      const memory_account_ptr& memory);

  /// Adds bytes; the message once it is whole. Errors: a stream that was not
  /// announced, more bytes than announced.
  caf::expected<std::optional<tensor_message>>
  add(std::uint32_t stream, std::span<const std::byte> bytes);

  /// Where the next bytes of a stream belong, at most `count`; empty where they
  /// are skipped, or were not announced.
  [[nodiscard]] std::span<std::byte> room(std::uint32_t stream,
                                          std::size_t count);

  /// The next `count` bytes were put there; the message once it is whole.
  caf::expected<std::optional<tensor_message>> filled(std::uint32_t stream,
                                                      std::size_t count);

  /// When the message was announced that was whole last.
  [[nodiscard]] std::chrono::steady_clock::time_point
  announced_at() const noexcept {
    return announced_at_;
  }

private:
  class room_taken;

  struct entry {
    tensor_message message;
    /// Null where the bytes are skipped.
    std::shared_ptr<room_taken> values;
    std::size_t filled = 0;
    std::size_t total = 0;
    std::chrono::steady_clock::time_point announced;
  };

  std::map<std::uint32_t, entry> entries_;
  std::chrono::steady_clock::time_point announced_at_;
};

} // namespace ganglion
