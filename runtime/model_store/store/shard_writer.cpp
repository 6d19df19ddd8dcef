#include <algorithm>
#include <bit>
#include <cstdlib>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/formats/checksum.hpp"
#include "runtime/model_store/formats/text_file.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/shard.hpp"

namespace ganglion {

namespace {

caf::error unfit(std::string_view what) {
  return make_failure(errc::bad_argument,
                      fmt::format("these parameters make no shard: {}", what));
}

const tensor& array_of(const parameters& x, std::size_t array) {
  return array == 0 ? x.weights : x.state[array - 1];
}

/// An error unless all arrays are as many, and as large, as the header says.
caf::error check_arrays(const parameters& x, const shard_header& header) {
  if (1 + x.state.size() != header.arrays)
    return unfit("some have more arrays than others");
  for (std::size_t i = 0; i < header.arrays; ++i)
    if (array_of(x, i).rows() != x.range.count
        || array_of(x, i).columns() != header.columns)
      return unfit(fmt::format("array {} of neurons {} has not as many rows "
                               "and columns as there are neurons and "
                               "parameters",
                               i, to_string(x.range)));
  return {};
}

/// Checks that the parts fit together.
caf::expected<shard_header> make_header(const std::string& network_hash,
                                        layer_id layer,
                                        std::span<const parameters> parts) {
  if (parts.empty())
    return unfit("there are none");
  auto hash = parse_hash(network_hash);
  if (!hash)
    return unfit(explain(hash.error()));
  const auto& first = parts.front();
  shard_header result{*hash,
                      layer,
                      static_cast<std::uint32_t>(1 + first.state.size()),
                      {first.range.first, 0},
                      first.weights.columns()};
  for (const auto& x : parts) {
    if (x.range.first != result.range.end())
      return unfit(fmt::format("neurons {} do not follow {}",
                               to_string(x.range), to_string(result.range)));
    if (auto err = check_arrays(x, result))
      return err;
    result.range.count += x.range.count;
  }
  if (auto err = check_sizes(result))
    return unfit(explain(err));
  return result;
}

/// Cuts a stream of values into chunks, sums and writes them.
class chunk_writer {
public:
  chunk_writer(new_file& out, std::uint64_t chunk_size)
    : out_(out), chunk_size_(chunk_size) {
    // nop
  }

  caf::error add(std::span<const float> values) {
    auto bytes = std::as_bytes(values);
    while (!bytes.empty()) {
      // Whole chunks go without a copy where memory and file agree.
      auto direct = buffer_.empty() && bytes.size() >= chunk_size_
                    && std::endian::native == std::endian::little;
      auto count = std::min<std::size_t>(chunk_size_ - buffer_.size(),
                                         bytes.size());
      if (!direct)
        append(bytes.first(count));
      if (auto err = direct                          ? flush(bytes.first(count))
                     : buffer_.size() == chunk_size_ ? flush_buffer()
                                                     : caf::error{})
        return err;
      bytes = bytes.subspan(count);
    }
    return {};
  }

  /// Writes the last chunk.
  caf::error finish() {
    return buffer_.empty() ? caf::error{} : flush_buffer();
  }

  [[nodiscard]] std::span<const std::uint64_t> table() const noexcept {
    return table_;
  }

private:
  void append(std::span<const std::byte> bytes) {
    auto at = buffer_.size();
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    if constexpr (std::endian::native == std::endian::big)
      for (; at < buffer_.size(); at += sizeof(float))
        std::reverse(&buffer_[at], &buffer_[at] + sizeof(float));
  }

  caf::error flush(std::span<const std::byte> chunk) {
    table_.push_back(checksum(chunk));
    return out_.write(chunk);
  }

  caf::error flush_buffer() {
    auto err = flush(buffer_);
    buffer_.clear();
    return err;
  }

  new_file& out_;
  std::uint64_t chunk_size_;
  std::vector<std::byte> buffer_;
  std::vector<std::uint64_t> table_;
};

caf::error write_data(chunk_writer& out, const shard_header& header,
                      std::span<const parameters> parts) {
  for (std::size_t array = 0; array < header.arrays; ++array)
    for (const auto& x : parts) {
      const auto& values = array_of(x, array);
      if (values.contiguous()) {
        if (auto err = out.add({values.data(), values.size()}))
          return err;
        continue;
      }
      for (std::size_t i = 0; i < values.rows(); ++i)
        if (auto err = out.add(values.row(i)))
          return err;
    }
  return out.finish();
}

/// Gives the finished file its name. Where another attempt at the same commit
/// left a file, that one is taken if it says the same.
caf::expected<shard_entry> publish(file_system& files, const std::string& dir,
                                   const std::string& network_hash,
                                   new_file& out, shard_entry entry) {
  constexpr int attempts = 100;
  auto plain = entry.name;
  for (int i = 2; i < attempts; ++i) {
    auto made = out.publish(layout::shard_path(dir, entry.name));
    if (!made)
      return made.error();
    if (*made || shard_reader::open(files, dir, network_hash, entry))
      return entry;
    entry.name = fmt::format("{}.{}", plain, i);
  }
  return make_failure(errc::system,
                      fmt::format("shard '{}' was written {} times with other "
                                  "contents: open the model anew",
                                  plain, attempts));
}

} // namespace

caf::expected<shard_entry> write_shard(file_system& files,
                                       const std::string& dir, commit_id id,
                                       const std::string& network_hash,
                                       layer_id layer,
                                       std::span<const parameters> parts) {
  auto header = make_header(network_hash, layer, parts);
  if (!header)
    return header.error();
  shard_entry entry{layout::shard_name(id, header->range), layer, header->range,
                    header->file_size()};
  auto out = new_file::make(files, layout::shard_path(dir, entry.name));
  if (!out)
    return out.error();
  auto head = encode(*header);
  if (auto err = out->write(head))
    return err;
  chunk_writer chunks{*out, header->chunk_size};
  if (auto err = write_data(chunks, *header, parts))
    return err;
  auto trailer = make_trailer(head, chunks.table());
  entry.checksum = trailer.checksum;
  if (auto err = out->write(trailer.bytes))
    return err;
  if (auto err = out->finish())
    return err;
  return publish(files, dir, network_hash, *out, std::move(entry));
}

caf::expected<shard_entry> write_reference(file_system& files,
                                           const std::string& dir, commit_id id,
                                           const weights_reference& what) {
  if (auto problem = problem_of(what); !problem.empty())
    return unfit(problem);
  auto text = to_text(what);
  auto bytes = std::as_bytes(std::span{text});
  shard_entry entry{layout::shard_name(id, what.range), what.layer, what.range,
                    text.size(), checksum(bytes)};
  auto out = new_file::make(files, layout::shard_path(dir, entry.name));
  if (!out)
    return out.error();
  if (auto err = out->write(bytes))
    return err;
  if (auto err = out->finish())
    return err;
  return publish(files, dir, what.network_hash, *out, std::move(entry));
}

} // namespace ganglion
