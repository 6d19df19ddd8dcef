// SHA-256, by OpenSSL. Pure functions and a small running form.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace ganglion {

using sha256_digest = std::array<unsigned char, 32>;

/// Digest of one run of bytes.
sha256_digest sha256(std::span<const std::byte> bytes);

/// Lower-case hexadecimal.
std::string to_hex(std::span<const unsigned char> bytes);

/// A digest of bytes that come piece by piece. Not thread-safe.
class sha256_stream {
public:
  sha256_stream();
  ~sha256_stream();
  sha256_stream(const sha256_stream&) = delete;
  sha256_stream& operator=(const sha256_stream&) = delete;

  void add(std::span<const std::byte> bytes);

  /// The digest of all that was added; starts anew.
  sha256_digest finish();

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace ganglion
