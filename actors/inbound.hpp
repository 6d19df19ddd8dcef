// Tensors on their way in: announced by a head, filled as bytes arrive. Nothing
// is allocated for a head that does not fit the deployment. Owned by a link.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include <caf/expected.hpp>

#include "actors/wire.hpp"
#include "metadata/network.hpp"

namespace ganglion {

/// An error unless layer, range and shape of an announced tensor are possible
/// in this network.
caf::error check_head(const network& net, const tensor_head& x);

class inbound_tensors {
public:
  /// Makes room for an announced tensor. `wanted` is false for what belongs to
  /// a run that has ended: its bytes are skipped.
  caf::error announce(std::uint32_t stream, tensor_head head, bool wanted);

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
  struct entry {
    tensor_message message;
    matrix values;
    std::size_t filled = 0;
    std::size_t total = 0;
    bool wanted = true;
    std::chrono::steady_clock::time_point announced;
  };

  std::map<std::uint32_t, entry> entries_;
  std::chrono::steady_clock::time_point announced_at_;
};

} // namespace ganglion
