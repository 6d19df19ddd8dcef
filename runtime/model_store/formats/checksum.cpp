#include "runtime/model_store/formats/checksum.hpp"

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

struct running_checksum::state {
  XXH3_state_t hash;
};

running_checksum::running_checksum() : state_(new state) {
  XXH3_64bits_reset(&state_->hash);
}

running_checksum::~running_checksum() = default;

void running_checksum::add(std::span<const std::byte> bytes) noexcept {
  XXH3_64bits_update(&state_->hash, bytes.data(), bytes.size());
}

std::uint64_t running_checksum::value() const noexcept {
  return XXH3_64bits_digest(&state_->hash);
}

} // namespace ganglion
