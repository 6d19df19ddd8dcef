// A fault that is made on purpose, once, so that operators and tests see what a
// cluster does then: one actor of a node throws, hangs, or loses a message.
// Given to a node at its start and shared by its actors; safe from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/messages/flow_messages.hpp"

namespace ganglion {

class drill {
public:
  enum class fault : std::uint8_t { throws, hangs, drops };

  /// "KIND:FAULT@N", such as "group:hang@20": of the actors of that kind, the
  /// one that gets their N-th message. The error lists what there is.
  static caf::expected<std::shared_ptr<drill>> parse(std::string_view text);

  drill(part_kind who, fault what, std::uint64_t after) noexcept
    : who_(who), what_(what), after_(after) {
    // nop
  }

  /// An actor of this kind has got a message: whether to lose it. Throws, or
  /// never returns, where that is the fault.
  bool loses_message(part_kind who) {
    return who == who_ && ++count_ == after_ && strike();
  }

private:
  [[nodiscard]] bool strike() const;

  part_kind who_;
  fault what_;
  std::uint64_t after_;
  std::atomic<std::uint64_t> count_ = 0;
};

using drill_ptr = std::shared_ptr<drill>;

} // namespace ganglion
