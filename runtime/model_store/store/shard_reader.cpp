#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/formats/checksum.hpp"
#include "runtime/model_store/formats/text_file.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/shard.hpp"

namespace ganglion {

namespace {

constexpr auto no_chunk = std::numeric_limits<std::uint64_t>::max();

/// Bytes: with chunks of the usual size, for a shard of 16 TiB.
constexpr std::uint64_t max_table = std::uint64_t{1} << 27;

/// Reads exactly `count` bytes, which the file's size has room for.
caf::expected<std::vector<std::byte>> read_exactly(input_file& file,
                                                   const std::string& path,
                                                   std::uint64_t offset,
                                                   std::uint64_t count) {
  std::vector<std::byte> result(count);
  auto got = file.read_at(offset, result);
  if (!got)
    return got.error();
  if (*got < count)
    return damaged_shard(path, offset + *got, "it ends there, too early");
  return result;
}

caf::error compare(const std::string& path, const shard_header& x,
                   const std::string& network_hash, const shard_entry& entry) {
  auto other = [&](std::string_view what) {
    return damaged_shard(
      path, 0,
      fmt::format("it is not the shard that the manifest speaks "
                  "of, but of another {}",
                  what));
  };
  if (to_hex(x.network) != network_hash)
    return other("network");
  if (x.layer != entry.layer)
    return other("layer");
  if (x.range != entry.range)
    return other("range of neurons");
  return {};
}

/// The checksums of the chunks, for which the manifest vouches.
caf::expected<std::vector<std::uint64_t>>
read_table(input_file& file, const std::string& path,
           const shard_header& header, std::span<const std::byte> head,
           const shard_entry& entry) {
  if (header.trailer_size() > max_table)
    return damaged_shard(path, 0, "it would have more chunks than any shard");
  auto trailer = read_exactly(file, path,
                              header.file_size() - header.trailer_size(),
                              header.trailer_size());
  if (!trailer)
    return trailer.error();
  auto table = decode_trailer(path, header, head, *trailer);
  if (table && make_trailer(head, *table).checksum != entry.checksum)
    return damaged_shard(
      path, header.file_size() - sizeof(std::uint64_t),
      "it is not the shard that the manifest speaks of: it has "
      "another checksum");
  return table;
}

bool begins_as_reference(std::span<const std::byte> head) {
  constexpr std::string_view begin = "ganglion-reference ";
  return head.size() >= begin.size()
         && std::ranges::equal(head.first(begin.size()),
                               std::as_bytes(std::span{begin}));
}

void to_native(std::span<float> values) {
  if constexpr (std::endian::native == std::endian::big)
    for (auto& x : values) {
      auto bytes = std::as_writable_bytes(std::span{&x, 1});
      std::reverse(bytes.begin(), bytes.end());
    }
}

} // namespace

shard_reader::shard_reader(std::string path, std::unique_ptr<input_file> file,
                           shard_header header,
                           std::vector<std::uint64_t> table)
  : path_(std::move(path)),
    file_(std::move(file)),
    header_(header),
    table_(std::move(table)),
    scratch_chunk_(no_chunk) {
  // nop
}

caf::expected<shard_reader> shard_reader::open(file_system& files,
                                               const std::string& dir,
                                               const std::string& network_hash,
                                               const shard_entry& entry) {
  auto path = layout::shard_path(dir, entry.name);
  auto file = files.open(path);
  if (!file)
    return file.error();
  auto size = (*file)->size();
  if (!size)
    return size.error();
  auto head = read_exactly(**file, path, 0,
                           std::min(*size, shard_header::size));
  if (!head)
    return head.error();
  if (begins_as_reference(*head))
    return open_reference(files, dir, std::move(path), network_hash, entry);
  auto header = decode_header(path, *head);
  if (!header)
    return header.error();
  if (auto err = compare(path, *header, network_hash, entry))
    return err;
  if (*size != header->file_size() || *size != entry.size)
    return damaged_shard(
      path, std::min(*size, entry.size),
      fmt::format("it has {} bytes, but {} are due", *size, entry.size));
  auto table = read_table(**file, path, *header, *head, entry);
  if (!table)
    return table.error();
  return shard_reader{std::move(path), std::move(*file), *header,
                      std::move(*table)};
}

shard_reader::shard_reader(std::string path, shard_header header,
                           reference_reader from)
  : path_(std::move(path)),
    header_(header),
    scratch_chunk_(no_chunk),
    elsewhere_(std::move(from)) {
  // nop
}

caf::expected<shard_reader>
shard_reader::open_reference(file_system& files, const std::string& dir,
                             std::string path, const std::string& network_hash,
                             const shard_entry& entry) {
  auto text = read_all(files, path);
  if (!text)
    return text.error();
  auto what = from_text<weights_reference>(path, *text);
  if (!what)
    return what.error();
  if (text->size() != entry.size
      || checksum(std::as_bytes(std::span{*text})) != entry.checksum)
    return damaged_shard(path, 0,
                         "it is not the shard that the manifest speaks of: it "
                         "has another size or checksum");
  shard_header header{{}, what->layer, 1, what->range, what->columns()};
  auto hash = parse_hash(what->network_hash);
  if (!hash)
    return damaged_shard(path, 0, explain(hash.error()));
  header.network = *hash;
  if (auto err = compare(path, header, network_hash, entry))
    return err;
  auto from = reference_reader::open(files, dir, std::move(*what));
  if (!from)
    return from.error();
  return shard_reader{std::move(path), header, std::move(*from)};
}

caf::error shard_reader::check_chunk(std::uint64_t chunk,
                                     std::span<const std::byte> bytes) {
  if (checksum(bytes) == table_[chunk])
    return {};
  return damaged_shard(
    path_, shard_header::size + chunk * header_.chunk_size,
    fmt::format("the {} bytes from there on have another checksum",
                bytes.size()));
}

caf::expected<std::span<const std::byte>>
shard_reader::whole_chunk(std::uint64_t chunk) {
  if (scratch_chunk_ != chunk) {
    scratch_chunk_ = no_chunk;
    auto start = chunk * header_.chunk_size;
    auto count = std::min(header_.chunk_size, header_.data_size() - start);
    auto bytes = read_exactly(*file_, path_, shard_header::size + start, count);
    if (!bytes)
      return bytes.error();
    if (auto err = check_chunk(chunk, *bytes))
      return err;
    scratch_ = std::move(*bytes);
    scratch_chunk_ = chunk;
  }
  return std::span<const std::byte>{scratch_};
}

caf::error shard_reader::read_bytes(std::uint64_t first,
                                    std::span<std::byte> out) {
  while (!out.empty()) {
    auto chunk = first / header_.chunk_size;
    auto skip = first % header_.chunk_size;
    auto size = std::min(header_.chunk_size,
                         header_.data_size() - chunk * header_.chunk_size);
    auto count = std::min<std::uint64_t>(out.size(), size - skip);
    auto part = out.first(count);
    if (count == size) { // all of it: no copy
      auto got = file_->read_at(shard_header::size + first, part);
      if (!got)
        return got.error();
      if (*got < count)
        return damaged_shard(path_, shard_header::size + first + *got,
                             "it ends there, too early");
      if (auto err = check_chunk(chunk, part))
        return err;
    } else {
      auto whole = whole_chunk(chunk);
      if (!whole)
        return whole.error();
      std::memcpy(part.data(), whole->data() + skip, count);
    }
    out = out.subspan(count);
    first += count;
  }
  return {};
}

caf::error shard_reader::read_rows(std::uint32_t array, neuron_range range,
                                   std::span<float> out) {
  if (array >= header_.arrays || !header_.range.contains(range)
      || out.size() != range.count * header_.columns)
    return make_failure(errc::bad_argument,
                        fmt::format("shard '{}' holds neurons {} and {} arrays "
                                    "of them: ask for these",
                                    path_, to_string(header_.range),
                                    header_.arrays));
  if (elsewhere_)
    return elsewhere_->read_rows(range, out);
  auto row = header_.columns * sizeof(float);
  auto first = array * header_.array_size()
               + (range.first - header_.range.first) * row;
  if (auto err = read_bytes(first, std::as_writable_bytes(out)))
    return err;
  to_native(out);
  return {};
}

caf::error shard_reader::verify() {
  if (elsewhere_)
    return elsewhere_->verify();
  for (std::uint64_t i = 0; i < header_.chunks(); ++i)
    if (auto chunk = whole_chunk(i); !chunk)
      return chunk.error();
  return {};
}

caf::expected<parameters> read_shard(file_system& files, const std::string& dir,
                                     const std::string& network_hash,
                                     const shard_entry& entry,
                                     neuron_range range) {
  auto shard = shard_reader::open(files, dir, network_hash, entry);
  if (!shard)
    return shard.error();
  if (range.empty() || range.count > entry.range.count
      || !entry.range.contains(range))
    return make_failure(errc::bad_argument,
                        fmt::format("shard '{}' holds neurons {}, not {}",
                                    entry.name, to_string(entry.range),
                                    to_string(range)));
  parameters result{range};
  for (std::uint32_t i = 0; i < shard->header().arrays; ++i) {
    matrix values{range.count, shard->header().columns};
    if (auto err = shard->read_rows(i, range, values.values()))
      return err;
    if (i == 0)
      result.weights = std::move(values).freeze();
    else
      result.state.push_back(std::move(values).freeze());
  }
  return result;
}

} // namespace ganglion
