// Zip archives that anybody wrote.
#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/formats/little_endian.hpp"
#include "runtime/model_store/formats/tensor_file.hpp"
#include "runtime/model_store/formats/zip_format.hpp"
#include "runtime/model_store/formats/zip_records.hpp"

namespace ganglion {

namespace {

using namespace zip;

/// For a million arrays, and no more memory than that of a safetensors header.
constexpr std::uint64_t max_directory = 100'000'000;

/// Bytes of the file that are known to be there.
template <class T>
T number_at(std::string_view bytes, std::size_t offset) {
  return get_number<T>(std::as_bytes(std::span{bytes}), offset);
}

caf::error not_read(const std::string& path, std::string_view what) {
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' {}: write it with numpy.savez, or as "
                                  "safetensors",
                                  path, what));
}

/// The extra field with this tag; empty where there is none.
std::string_view find_extra(std::string_view all, std::uint16_t tag) {
  constexpr std::size_t head = 4;
  while (all.size() >= head) {
    auto size = number_at<std::uint16_t>(all, 2);
    auto found = number_at<std::uint16_t>(all, 0) == tag;
    all.remove_prefix(head);
    if (found || all.size() < size)
      return found ? all.substr(0, size) : std::string_view{};
    all.remove_prefix(size);
  }
  return {};
}

/// Replaces what did not fit into 32 bits; false where it is not there.
bool take_large_fields(std::string_view extra, zip_entry& x) {
  auto rest = find_extra(extra, large_tag);
  for (auto* field : {&x.size, &x.packed_size, &x.offset}) {
    if (*field != elsewhere)
      continue;
    if (rest.size() < sizeof(std::uint64_t))
      return false;
    *field = number_at<std::uint64_t>(rest, 0);
    rest.remove_prefix(sizeof(std::uint64_t));
  }
  return true;
}

caf::expected<zip_entry> read_central(const std::string& path,
                                      std::string_view bytes,
                                      std::uint64_t offset) {
  auto header = bytes;
  if (bytes.size() < central_size || !bytes.starts_with(central_magic))
    return damaged_file(path, offset, "no entry of the archive begins there");
  zip_entry result;
  auto name_size = number_at<std::uint16_t>(bytes, 28);
  if (bytes.size() - central_size < name_size)
    return damaged_file(path, offset, "the name of an entry is cut off");
  result.name = bytes.substr(central_size, name_size);
  result.method = number_at<std::uint16_t>(bytes, 10);
  result.crc = number_at<std::uint32_t>(bytes, 16);
  result.packed_size = number_at<std::uint32_t>(bytes, 20);
  result.size = number_at<std::uint32_t>(bytes, 24);
  result.offset = number_at<std::uint32_t>(bytes, 42);
  if ((number_at<std::uint16_t>(bytes, 8) & encrypted) != 0)
    return not_read(path, "is encrypted");
  if (result.method != zip_entry::stored
      && result.method != zip_entry::deflated)
    return not_read(path,
                    fmt::format("is compressed by method {}", result.method));
  bytes.remove_prefix(central_size + name_size);
  auto extra_size = number_at<std::uint16_t>(header, 30);
  if (bytes.size() < extra_size
      || !take_large_fields(bytes.substr(0, extra_size), result))
    return damaged_file(
      path, offset,
      fmt::format("the sizes of '{}' are cut off", printable(result.name)));
  return result;
}

/// Where the records of all entries are, one behind the other, and how many.
struct directory_place {
  std::uint64_t count = 0;
  std::uint64_t start = 0;
  std::uint64_t bytes = 0;
  /// Of the record that says so.
  std::uint64_t said_at = 0;
};

caf::expected<directory_place>
find_end(input_file& file, const std::string& path, std::uint64_t size) {
  auto count = std::min<std::uint64_t>(size, end_size + max_comment);
  auto tail = read_text_at(file, path, size - count, count);
  if (!tail)
    return tail.error();
  auto at = tail->rfind(end_magic);
  if (at == tail->npos || tail->size() - at < end_size)
    return damaged_file(path, size, "it has no end of a zip archive");
  auto end = std::string_view{*tail}.substr(at);
  return directory_place{number_at<std::uint16_t>(end, 10),
                         number_at<std::uint32_t>(end, 16),
                         number_at<std::uint32_t>(end, 12), size - end.size()};
}

/// Replaces what did not fit into the end of the archive, if there is a record
/// of it, for which a locator stands before the end.
caf::error find_large_end(input_file& file, const std::string& path,
                          directory_place& out) {
  auto fits = out.count != count_elsewhere && out.start != elsewhere
              && out.bytes != elsewhere;
  if (fits || out.said_at < locator_size)
    return {};
  auto locator = read_text_at(file, path, out.said_at - locator_size,
                              locator_size);
  if (!locator)
    return locator.error();
  if (!locator->starts_with(locator_magic))
    return {};
  auto at = number_at<std::uint64_t>(*locator, 8);
  auto end = out.said_at - locator_size;
  auto bad = [&] {
    return damaged_file(path, end, "the record that it announces is not there");
  };
  if (at > end || end - at < large_end_size)
    return bad();
  auto record = read_text_at(file, path, at, large_end_size);
  if (!record)
    return record.error();
  if (!record->starts_with(large_end_magic))
    return bad();
  out = {number_at<std::uint64_t>(*record, 32),
         number_at<std::uint64_t>(*record, 48),
         number_at<std::uint64_t>(*record, 40), at};
  return {};
}

struct directory_text {
  directory_place where;
  std::string text;
};

caf::expected<directory_text> find_directory(input_file& file,
                                             const std::string& path) {
  auto size = file.size();
  if (!size)
    return size.error();
  auto where = find_end(file, path, *size);
  if (!where)
    return where.error();
  if (auto err = find_large_end(file, path, *where))
    return err;
  if (where->start > *size || where->bytes > *size - where->start)
    return damaged_file(path, where->said_at,
                        "its directory would be outside of the file");
  if (where->bytes > max_directory)
    return damaged_file(path, where->said_at,
                        "its directory would be longer than 100 MB");
  auto text = read_text_at(file, path, where->start, where->bytes);
  if (!text)
    return text.error();
  return directory_text{*where, std::move(*text)};
}

} // namespace

caf::expected<std::vector<zip_entry>>
read_zip_directory(input_file& file, const std::string& path) {
  auto directory = find_directory(file, path);
  if (!directory)
    return directory.error();
  std::vector<zip_entry> result;
  std::string_view rest = directory->text;
  for (std::uint64_t i = 0; i < directory->where.count; ++i) {
    auto x = read_central(path, rest,
                          directory->where.start + directory->text.size()
                            - rest.size());
    if (!x)
      return x.error();
    std::size_t skip = central_size + x->name.size()
                       + number_at<std::uint16_t>(rest, 30)
                       + number_at<std::uint16_t>(rest, 32);
    rest.remove_prefix(std::min(skip, rest.size()));
    result.push_back(std::move(*x));
  }
  return result;
}

caf::expected<std::uint64_t>
find_zip_data(input_file& file, const std::string& path, const zip_entry& x) {
  auto size = file.size();
  if (!size)
    return size.error();
  if (x.offset > *size || *size - x.offset < local_size)
    return damaged_file(
      path, std::min(x.offset, *size),
      fmt::format("'{}' would begin there", printable(x.name)));
  auto header = read_text_at(file, path, x.offset, local_size);
  if (!header)
    return header.error();
  if (!header->starts_with(local_magic))
    return damaged_file(
      path, x.offset,
      fmt::format("'{}' does not begin there", printable(x.name)));
  auto data = x.offset + local_size + number_at<std::uint16_t>(*header, 26)
              + number_at<std::uint16_t>(*header, 28);
  if (data > *size || x.packed_size > *size - data)
    return damaged_file(
      path, *size,
      fmt::format("it ends there, within '{}'", printable(x.name)));
  return data;
}

} // namespace ganglion
