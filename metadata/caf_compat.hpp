// What differs between CAF 0.18.7 and 1.x, in one place.
#pragma once

#include <cstddef>

#include <caf/byte_span.hpp>
#include <caf/config.hpp>
#include <caf/span.hpp>

namespace ganglion {

/// CAF's idea of a byte: its own type in 0.18, std::byte in 1.x.
using caf_byte = caf::byte_span::value_type;

/// A run of bytes as CAF's serializers take it.
inline caf::const_byte_span const_byte_span(const void* data,
                                            std::size_t size) {
  return {static_cast<const caf_byte*>(data), size};
}

/// A run of bytes as CAF's deserializers fill it.
inline caf::byte_span byte_span(void* data, std::size_t size) {
  return {static_cast<caf_byte*>(data), size};
}

} // namespace ganglion
