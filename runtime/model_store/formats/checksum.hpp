// XXH3-64 with its default secret and seed 0: the checksum of all files of the
// store. Finds damage, not forgery. Ordinary functions and values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace ganglion {

std::uint64_t checksum(std::span<const std::byte> bytes) noexcept;

/// The same of bytes that come one after the other.
class running_checksum {
public:
  running_checksum();
  ~running_checksum();

  void add(std::span<const std::byte> bytes) noexcept;

  /// Of all so far.
  [[nodiscard]] std::uint64_t value() const noexcept;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace ganglion
