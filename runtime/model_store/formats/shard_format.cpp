#include "runtime/model_store/formats/shard_format.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/formats/checksum.hpp"
#include "runtime/model_store/formats/little_endian.hpp"

namespace ganglion {

namespace {

constexpr std::string_view magic = "GANGSHRD";

/// Where the fields of the header are.
constexpr std::size_t version_offset = 8;
constexpr std::size_t arrays_offset = 12;
constexpr std::size_t network_offset = 16;
constexpr std::size_t layer_offset = 48;
constexpr std::size_t first_offset = 56;
constexpr std::size_t count_offset = 64;
constexpr std::size_t columns_offset = 72;
constexpr std::size_t chunk_offset = 80;
constexpr std::size_t checksum_offset = shard_header::size - 8;

/// No file is larger; far from overflow.
constexpr std::uint64_t max_bytes = std::uint64_t{1} << 60;
constexpr std::uint64_t max_chunk_size = std::uint64_t{1} << 30;

} // namespace

caf::expected<sha256_digest> parse_hash(const std::string& text) {
  sha256_digest result{};
  for (std::size_t i = 0; i < result.size() && 2 * i + 1 < text.size(); ++i)
    result[i] = static_cast<unsigned char>(
      std::strtoul(text.substr(2 * i, 2).c_str(), nullptr, 16));
  if (to_hex(result) != text)
    return make_failure(errc::bad_argument,
                        fmt::format("'{}' is no hash of a network", text));
  return result;
}

caf::error damaged_shard(const std::string& path, std::uint64_t offset,
                         std::string_view what) {
  return make_failure(
    errc::bad_model,
    fmt::format("shard '{}' is damaged at offset {}: {}", path, offset, what));
}

caf::error check_sizes(const shard_header& x) {
  auto bad = [](std::string_view what) {
    return make_failure(errc::bad_argument, std::string{what});
  };
  if (x.arrays == 0 || x.range.count == 0 || x.columns == 0)
    return bad("it would hold no values");
  if (x.range.first > max_bytes || x.range.count > max_bytes)
    return bad("its neurons have impossible numbers");
  if (x.columns > max_bytes / sizeof(float) / x.arrays / x.range.count)
    return bad("it would be larger than any file");
  if (x.chunk_size == 0 || x.chunk_size % sizeof(float) != 0
      || x.chunk_size > max_chunk_size)
    return bad("its chunks have an impossible size");
  return {};
}

std::vector<std::byte> encode(const shard_header& x) {
  std::vector<std::byte> result(shard_header::size);
  std::ranges::copy(std::as_bytes(std::span{magic}), result.begin());
  put_number(result, version_offset, shard_header::format_version);
  put_number(result, arrays_offset, x.arrays);
  std::ranges::copy(std::as_bytes(std::span{x.network}),
                    result.begin() + network_offset);
  put_number(result, layer_offset, x.layer);
  put_number(result, first_offset, x.range.first);
  put_number(result, count_offset, x.range.count);
  put_number(result, columns_offset, x.columns);
  put_number(result, chunk_offset, x.chunk_size);
  put_number(result, checksum_offset,
             checksum(std::span{result}.first(checksum_offset)));
  return result;
}

namespace {

/// The fields of a header whose checksum and version are right.
shard_header take_fields(std::span<const std::byte> bytes) {
  shard_header x;
  x.arrays = get_number<std::uint32_t>(bytes, arrays_offset);
  std::ranges::copy(bytes.subspan(network_offset, x.network.size()),
                    std::as_writable_bytes(std::span{x.network}).begin());
  x.layer = get_number<std::uint32_t>(bytes, layer_offset);
  x.range.first = get_number<std::uint64_t>(bytes, first_offset);
  x.range.count = get_number<std::uint64_t>(bytes, count_offset);
  x.columns = get_number<std::uint64_t>(bytes, columns_offset);
  x.chunk_size = get_number<std::uint64_t>(bytes, chunk_offset);
  return x;
}

} // namespace

caf::expected<shard_header> decode_header(const std::string& path,
                                          std::span<const std::byte> bytes) {
  if (bytes.size() < shard_header::size)
    return damaged_shard(path, bytes.size(), "it ends within its header");
  bytes = bytes.first(shard_header::size);
  if (!std::ranges::equal(bytes.first(magic.size()),
                          std::as_bytes(std::span{magic})))
    return damaged_shard(path, 0, "it does not start like a shard");
  if (get_number<std::uint64_t>(bytes, checksum_offset)
      != checksum(bytes.first(checksum_offset)))
    return damaged_shard(path, checksum_offset,
                         "its header has another checksum");
  auto version = get_number<std::uint32_t>(bytes, version_offset);
  if (version > shard_header::format_version)
    return make_failure(
      errc::incompatible,
      fmt::format("shard '{}' has version {} of its format, but this program "
                  "knows versions up to {}: use the version of ganglion that "
                  "wrote it, or a newer one",
                  path, version, shard_header::format_version));
  if (version == 0)
    return damaged_shard(path, version_offset, "there is no version 0");
  auto x = take_fields(bytes);
  if (auto err = check_sizes(x))
    return damaged_shard(path, arrays_offset, explain(err));
  return x;
}

shard_trailer make_trailer(std::span<const std::byte> header,
                           std::span<const std::uint64_t> table) {
  std::vector<std::byte> all(header.begin(), header.end());
  all.resize(header.size() + table.size() * sizeof(std::uint64_t));
  auto at = header.size();
  for (auto x : table) {
    put_number(all, at, x);
    at += sizeof x;
  }
  auto sum = checksum(all);
  all.erase(all.begin(),
            all.begin() + static_cast<std::ptrdiff_t>(header.size()));
  all.resize(all.size() + sizeof sum);
  put_number(all, all.size() - sizeof sum, sum);
  return {std::move(all), sum};
}

caf::expected<std::vector<std::uint64_t>>
decode_trailer(const std::string& path, const shard_header& x,
               std::span<const std::byte> header,
               std::span<const std::byte> trailer) {
  std::vector<std::uint64_t> table(x.chunks());
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = get_number<std::uint64_t>(trailer, i * sizeof table[i]);
  if (!std::ranges::equal(make_trailer(header, table).bytes, trailer))
    return damaged_shard(path, shard_header::size + x.data_size(),
                         "its table of chunks has another checksum");
  return table;
}

} // namespace ganglion
