// Numbers in the byte order of all the store's binary files. The caller has
// made sure that the bytes are there; owns nothing, reads and writes no files.
#pragma once

#include <cstddef>
#include <span>

namespace ganglion {

/// The unsigned number at bytes offset, ..., offset + sizeof(T) - 1.
template <class T>
T get_number(std::span<const std::byte> bytes, std::size_t offset) {
  T result = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    result = static_cast<T>(
      result | static_cast<T>(std::to_integer<T>(bytes[offset + i]) << 8 * i));
  return result;
}

/// Writes the unsigned number x there.
template <class T>
void put_number(std::span<std::byte> bytes, std::size_t offset, T x) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes[offset + i] = static_cast<std::byte>(x >> 8 * i);
}

} // namespace ganglion
