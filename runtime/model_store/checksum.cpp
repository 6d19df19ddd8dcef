#include "runtime/model_store/checksum.hpp"

// False alarms of GCC 12 inside its own header of AVX-512.
#if defined(__GNUC__) && !defined(__clang__)
#  pragma GCC diagnostic ignored "-Wuninitialized"
#  pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

// Inline, so that it is compiled for this machine's instruction set.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ganglion {

std::uint64_t checksum(std::span<const std::byte> bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

} // namespace ganglion
