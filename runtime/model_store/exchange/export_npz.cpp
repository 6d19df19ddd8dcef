// An .npz is a zip archive of .npy files, each a line of text and the values.
#include <vector>

#include <zlib.h>

#include "runtime/model_store/exchange/export_values.hpp"
#include "runtime/model_store/formats/npy_header.hpp"
#include "runtime/model_store/formats/zip_format.hpp"

namespace ganglion {

namespace {

/// Checksums come before the values, so that these are read twice.
caf::expected<std::uint32_t> crc_of(const export_source& from,
                                    const planned_tensor& x,
                                    const std::string& header) {
  auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(header.data()),
                     header.size());
  auto add = [&](std::span<const std::byte> bytes) {
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()),
                  bytes.size());
    return caf::error{};
  };
  if (auto err = read_values(from, x, add))
    return err;
  return static_cast<std::uint32_t>(crc);
}

caf::error write_text(new_file& out, const std::string& text) {
  return out.write(std::as_bytes(std::span{text}));
}

/// Entries with their sizes and places.
std::vector<zip_entry> entries_of(const network& net,
                                  const std::vector<planned_tensor>& plan) {
  std::vector<zip_entry> result;
  std::uint64_t offset = 0;
  for (const auto& x : plan) {
    zip_entry entry;
    entry.name = x.name + ".npy";
    entry.size = npy_header(shape_of(net, x)).size() + bytes_of(net, x);
    entry.packed_size = entry.size;
    entry.offset = offset;
    offset += local_header(entry).size() + entry.size;
    result.push_back(std::move(entry));
  }
  return result;
}

} // namespace

caf::error write_npz(const export_source& from, new_file& out) {
  const auto& net = from.net;
  auto plan = tensors_of(net);
  auto entries = entries_of(net, plan);
  auto write = [&](std::span<const std::byte> bytes) {
    return out.write(bytes);
  };
  for (std::size_t i = 0; i < plan.size(); ++i) {
    auto header = npy_header(shape_of(net, plan[i]));
    auto crc = crc_of(from, plan[i], header);
    if (!crc)
      return crc.error();
    auto& entry = entries[i];
    entry.crc = *crc;
    if (auto err = write_text(out, local_header(entry) + header))
      return err;
    if (auto err = read_values(from, plan[i], write))
      return err;
  }
  return write_text(out, central_directory(entries));
}

} // namespace ganglion
