#include "runtime/model_store/zip_format.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/little_endian.hpp"
#include "runtime/model_store/tensor_file.hpp"

namespace ganglion {

namespace {

constexpr std::string_view local_magic{"PK\3\4", 4};
constexpr std::string_view central_magic{"PK\1\2", 4};
constexpr std::string_view end_magic{"PK\5\6", 4};

constexpr std::size_t local_size = 30;
constexpr std::size_t central_size = 46;
constexpr std::size_t end_size = 22;
/// The end is followed by a comment.
constexpr std::size_t max_comment = 65535;

constexpr std::uint16_t version = 20;
constexpr std::uint16_t encrypted = 1;
/// 1980-01-01: equal models give equal files.
constexpr std::uint16_t date = 0x21;
constexpr std::uint32_t elsewhere = 0xffffffff;

class text_writer {
public:
  template <class T>
  text_writer& number(T x) {
    char bytes[sizeof(T)];
    put_number(std::as_writable_bytes(std::span{bytes}), 0, x);
    return text({bytes, sizeof(T)});
  }

  text_writer& text(std::string_view x) {
    text_ += x;
    return *this;
  }

  std::string finish() {
    return std::move(text_);
  }

private:
  std::string text_;
};

/// Bytes of the file that are known to be there.
template <class T>
T number_at(std::string_view bytes, std::size_t offset) {
  return get_number<T>(std::as_bytes(std::span{bytes}), offset);
}

/// What local and central headers have in common.
void common_fields(text_writer& out, const zip_entry& x) {
  out.number(version)
    .number(std::uint16_t{0})
    .number(x.method)
    .number(std::uint16_t{0})
    .number(date)
    .number(x.crc)
    .number(static_cast<std::uint32_t>(x.packed_size))
    .number(static_cast<std::uint32_t>(x.size))
    .number(static_cast<std::uint16_t>(x.name.size()))
    .number(std::uint16_t{0});
}

caf::error not_read(const std::string& path, std::string_view what) {
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' {}: write it with numpy.savez, or as "
                                  "safetensors",
                                  path, what));
}

caf::expected<zip_entry> read_central(const std::string& path,
                                      std::string_view bytes,
                                      std::uint64_t offset) {
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
  if (std::max({result.packed_size, result.size, result.offset}) == elsewhere)
    return not_read(path, "has more than 4 GiB");
  return result;
}

/// The last bytes of the file, from the record of the archive's end on.
caf::expected<std::string> read_end(input_file& file, const std::string& path,
                                    std::uint64_t size) {
  auto count = std::min<std::uint64_t>(size, end_size + max_comment);
  auto tail = read_text_at(file, path, size - count, count);
  if (!tail)
    return tail;
  auto at = tail->rfind(end_magic);
  if (at == tail->npos || tail->size() - at < end_size)
    return damaged_file(path, size, "it has no end of a zip archive");
  return tail->substr(at);
}

/// The records of all entries, one behind the other.
struct directory_text {
  std::uint16_t count = 0;
  std::uint64_t start = 0;
  std::string text;
};

caf::expected<directory_text> find_directory(input_file& file,
                                             const std::string& path) {
  auto size = file.size();
  if (!size)
    return size.error();
  auto end = read_end(file, path, *size);
  if (!end)
    return end.error();
  directory_text result;
  result.count = number_at<std::uint16_t>(*end, 10);
  std::uint64_t bytes = number_at<std::uint32_t>(*end, 12);
  result.start = number_at<std::uint32_t>(*end, 16);
  if (result.start == elsewhere)
    return not_read(path, "has more than 4 GiB");
  if (result.start > *size || bytes > *size - result.start)
    return damaged_file(path, *size - end->size(),
                        "its directory would be outside of the file");
  auto text = read_text_at(file, path, result.start, bytes);
  if (!text)
    return text.error();
  result.text = std::move(*text);
  return result;
}

} // namespace

std::string local_header(const zip_entry& x) {
  text_writer out;
  out.text(local_magic);
  common_fields(out, x);
  return out.text(x.name).finish();
}

std::string central_directory(const std::vector<zip_entry>& entries) {
  text_writer out;
  std::uint64_t start = 0;
  for (const auto& x : entries) {
    out.text(central_magic).number(version);
    common_fields(out, x);
    out.number(std::uint16_t{0})
      .number(std::uint16_t{0})
      .number(std::uint16_t{0})
      .number(std::uint32_t{0})
      .number(static_cast<std::uint32_t>(x.offset))
      .text(x.name);
    start = x.offset + local_header(x).size() + x.packed_size;
  }
  auto result = out.finish();
  auto count = static_cast<std::uint16_t>(entries.size());
  text_writer end;
  end.text(end_magic)
    .number(std::uint32_t{0})
    .number(count)
    .number(count)
    .number(static_cast<std::uint32_t>(result.size()))
    .number(static_cast<std::uint32_t>(start))
    .number(std::uint16_t{0});
  return result + end.finish();
}

caf::expected<std::vector<zip_entry>>
read_zip_directory(input_file& file, const std::string& path) {
  auto directory = find_directory(file, path);
  if (!directory)
    return directory.error();
  std::vector<zip_entry> result;
  std::string_view rest = directory->text;
  for (std::uint32_t i = 0; i < directory->count; ++i) {
    auto x = read_central(
      path, rest, directory->start + directory->text.size() - rest.size());
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
    return damaged_file(path, std::min(x.offset, *size),
                        fmt::format("'{}' would begin there", x.name));
  auto header = read_text_at(file, path, x.offset, local_size);
  if (!header)
    return header.error();
  if (!header->starts_with(local_magic))
    return damaged_file(path, x.offset,
                        fmt::format("'{}' does not begin there", x.name));
  auto data = x.offset + local_size + number_at<std::uint16_t>(*header, 26)
              + number_at<std::uint16_t>(*header, 28);
  if (data > *size || x.packed_size > *size - data)
    return damaged_file(path, *size,
                        fmt::format("it ends there, within '{}'", x.name));
  return data;
}

} // namespace ganglion
