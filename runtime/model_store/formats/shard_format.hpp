// The bytes of a shard's header and table of chunks; see docs/MODEL_STORE.md.
// Pure functions on bytes: nothing here opens a file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "metadata/network/neuron_range.hpp"
#include "metadata/values/sha256.hpp"

namespace ganglion {

struct shard_header {
  static constexpr std::uint32_t format_version = 1;
  /// Bytes before the data, which starts at a page of its own.
  static constexpr std::uint64_t size = 4096;
  /// Bytes that have a checksum of their own; the last chunk may be shorter.
  static constexpr std::uint64_t default_chunk_size = std::uint64_t{1} << 20;

  /// SHA-256 of the network.
  sha256_digest network{};
  layer_id layer = 0;
  /// The weights, then the optimizer's arrays; each [range.count x columns].
  std::uint32_t arrays = 1;
  neuron_range range;
  /// Weights and bias of one neuron.
  std::uint64_t columns = 0;
  std::uint64_t chunk_size = default_chunk_size;

  friend bool operator==(const shard_header&, const shard_header&) = default;

  /// Bytes of one array, of all arrays, of the file; only once checked.
  [[nodiscard]] std::uint64_t array_size() const noexcept {
    return range.count * columns * sizeof(float);
  }

  [[nodiscard]] std::uint64_t data_size() const noexcept {
    return arrays * array_size();
  }

  [[nodiscard]] std::uint64_t chunks() const noexcept {
    return (data_size() + chunk_size - 1) / chunk_size;
  }

  /// Of the table of chunks and the checksum after it.
  [[nodiscard]] std::uint64_t trailer_size() const noexcept {
    return (chunks() + 1) * sizeof(std::uint64_t);
  }

  [[nodiscard]] std::uint64_t file_size() const noexcept {
    return size + data_size() + trailer_size();
  }
};

/// The bytes of a SHA-256 in hexadecimal. Errors: bad_argument.
caf::expected<sha256_digest> parse_hash(const std::string& text);

/// The error for what does not hold at `offset`.
caf::error damaged_shard(const std::string& path, std::uint64_t offset,
                         std::string_view what);

/// An error where the sizes are 0, not whole or too large to multiply.
caf::error check_sizes(const shard_header& x);

/// The first `shard_header::size` bytes of the file.
std::vector<std::byte> encode(const shard_header& x);

/// Takes them apart. `path` is for messages. Errors: bad_model naming the
/// offset, incompatible for a newer format.
caf::expected<shard_header> decode_header(const std::string& path,
                                          std::span<const std::byte> bytes);

/// What the file ends with: the checksums of the chunks, then the checksum of
/// header and table, which is also returned.
struct shard_trailer {
  std::vector<std::byte> bytes;
  std::uint64_t checksum = 0;
};

shard_trailer make_trailer(std::span<const std::byte> header,
                           std::span<const std::uint64_t> table);

/// Checks the trailer's checksum and gives the table of chunks.
caf::expected<std::vector<std::uint64_t>>
decode_trailer(const std::string& path, const shard_header& x,
               std::span<const std::byte> header,
               std::span<const std::byte> trailer);

} // namespace ganglion
