// A shard's bytes as they are, and with checksums that fit, since no fuzzer
// finds these by chance. Allocates no more than the file has bytes.
#include <cstdlib>
#include <string>

#include "runtime/model_store/formats/checksum.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/shard.hpp"
#include "test/support/memory_files.hpp"

using namespace ganglion;

namespace {

void put(std::string& bytes, std::size_t offset, std::uint64_t x) {
  for (int i = 0; i < 8; ++i)
    bytes[offset + i] = static_cast<char>(x >> 8 * i);
}

/// Reads all and a part; `sums` are of the header and the table.
void read(const std::string& bytes, const shard_header& header,
          std::uint64_t sum) {
  auto disk = std::make_shared<memory_disk>();
  memory_files files{disk};
  static_cast<void>(files.make_directory("shards"));
  disk->damage("shards/x", bytes);
  shard_entry entry{"x", header.layer, header.range, bytes.size(), sum};
  auto all = read_shard(files, ".", to_hex(header.network), entry,
                        header.range);
  neuron_range last{header.range.end() - 1, 1};
  auto part = read_shard(files, ".", to_hex(header.network), entry, last);
  if (all
      && !(part
           && part->weights == all->weights.rows(header.range.count - 1, 1)))
    std::abort();
}

/// Sets right what checksums there are.
void repair(std::string bytes) {
  if (bytes.size() < shard_header::size)
    return;
  auto view = std::as_bytes(std::span{bytes});
  put(bytes, shard_header::size - 8,
      checksum(view.first(shard_header::size - 8)));
  auto head = view.first(shard_header::size);
  auto header = decode_header("x", head);
  if (!header || header->file_size() != bytes.size())
    return;
  std::vector<std::uint64_t> table;
  auto data = view.subspan(shard_header::size, header->data_size());
  for (std::size_t at = 0; at < data.size(); at += header->chunk_size)
    table.push_back(checksum(data.subspan(
      at, std::min<std::size_t>(header->chunk_size, data.size() - at))));
  auto trailer = make_trailer(head, table);
  std::string_view text{reinterpret_cast<const char*>(trailer.bytes.data()),
                        trailer.bytes.size()};
  bytes.replace(bytes.size() - text.size(), text.size(), text);
  read(bytes, *header, trailer.checksum);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      std::size_t size) {
  std::string bytes{reinterpret_cast<const char*>(data), size};
  if (size >= shard_header::size) {
    auto view = std::as_bytes(std::span{bytes});
    if (auto header = decode_header("x", view.first(shard_header::size)))
      read(bytes, *header, 0);
    repair(bytes);
  }
  return 0;
}
