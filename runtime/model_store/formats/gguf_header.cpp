#include "runtime/model_store/formats/gguf_header.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"
#include "runtime/model_store/formats/gguf_cursor.hpp"

namespace ganglion {

namespace {

/// As the format numbers the types of its values (gguf_metadata_value_type).
enum class gguf_kind : std::uint32_t {
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  f32,
  boolean,
  text,
  list,
  u64,
  i64,
  f64,
};

/// Bytes of a value at the least.
std::uint64_t least_bytes(gguf_kind x) {
  constexpr std::array<std::uint64_t, 13> sizes{1, 1, 2, 2, 4, 4, 4,
                                                1, 8, 0, 8, 8, 8};
  auto i = static_cast<std::size_t>(x);
  return i < sizes.size() ? sizes[i] : 0;
}

double shortest_decimal(float x) {
  return number_from<double>(fmt::format("{}", x)).value_or(double{x});
}

gguf_value read_one(gguf_cursor& from, gguf_kind kind) {
  switch (kind) {
    case gguf_kind::u8:
      return std::uint64_t{from.number<std::uint8_t>()};
    case gguf_kind::i8:
      return std::int64_t{from.number<std::int8_t>()};
    case gguf_kind::u16:
      return std::uint64_t{from.number<std::uint16_t>()};
    case gguf_kind::i16:
      return std::int64_t{from.number<std::int16_t>()};
    case gguf_kind::u32:
      return std::uint64_t{from.number<std::uint32_t>()};
    case gguf_kind::i32:
      return std::int64_t{from.number<std::int32_t>()};
    case gguf_kind::f32:
      return shortest_decimal(from.number<float>());
    case gguf_kind::boolean:
      return from.number<std::uint8_t>() != 0;
    case gguf_kind::text:
      return from.text();
    case gguf_kind::u64:
      return from.number<std::uint64_t>();
    case gguf_kind::i64:
      return from.number<std::int64_t>();
    default:
      return from.number<double>();
  }
}

double read_number(gguf_cursor& from, gguf_kind kind) {
  if (kind == gguf_kind::f32)
    return from.number<float>();
  auto one = read_one(from, kind);
  return std::visit(
    [](const auto& x) {
      if constexpr (std::is_arithmetic_v<std::decay_t<decltype(x)>>)
        return static_cast<double>(x);
      else
        return 0.0;
    },
    one);
}

/// More than any vocabulary has; a number takes eight bytes here, and one
/// there.
constexpr std::uint64_t most_listed = std::uint64_t{1} << 24;

gguf_value read_list(gguf_cursor& from, const std::string& key) {
  auto kind = static_cast<gguf_kind>(from.number<std::uint32_t>());
  auto bytes = least_bytes(kind);
  if (bytes == 0 || from.left() < sizeof(std::uint64_t)) {
    from.fail(fmt::format("the values of the list {} are of no known type",
                          printable(key)));
    return false;
  }
  auto count = from.count(bytes);
  if (count > most_listed) {
    from.fail(
      fmt::format("the list {} has more than 2^24 values", printable(key)));
    count = 0;
  }
  if (kind == gguf_kind::text) {
    std::vector<std::string> result;
    for (; count > 0 && from.ok(); --count)
      result.push_back(from.text());
    return result;
  }
  std::vector<double> result;
  for (; count > 0 && from.ok(); --count)
    result.push_back(read_number(from, kind));
  return result;
}

void read_metadata(gguf_cursor& from, std::uint64_t count, gguf_metadata& to) {
  for (; count > 0 && from.ok(); --count) {
    auto key = from.text();
    auto kind = static_cast<gguf_kind>(from.number<std::uint32_t>());
    if (kind != gguf_kind::list && least_bytes(kind) == 0)
      from.fail(
        fmt::format("the value of {} is of no known type", printable(key)));
    if (!from.ok())
      return;
    auto value = kind == gguf_kind::list ? read_list(from, key)
                                         : read_one(from, kind);
    if (!to.add(key, std::move(value)))
      from.fail(fmt::format("it has two values for {}", printable(key)));
  }
}

/// Reads the entries, and checks them against each other.
class entry_reader {
public:
  entry_reader(gguf_cursor& from, const std::string& path, gguf_header& to)
    : from_(from), path_(path), to_(to) {
    // nop
  }

  void read(std::uint64_t count) {
    for (; count > 0 && from_.ok(); --count)
      read_entry();
    if (from_.ok())
      read_alignment();
    if (from_.ok())
      check_places();
  }

private:
  void refuse(std::string_view name, std::string_view what) {
    from_.fail(
      make_failure(errc::bad_model,
                   fmt::format("'{}': the tensor {} {}", printable_path(path_),
                               printable(name), what)));
  }

  void read_entry() {
    gguf_entry next;
    next.info.name = from_.text();
    constexpr std::uint32_t most_extents = 4;
    auto extents = from_.number<std::uint32_t>();
    if (extents > most_extents)
      refuse(next.info.name, fmt::format("has {} extents", extents));
    for (std::uint32_t i = 0; i < extents && from_.ok(); ++i)
      next.info.shape.push_back(from_.number<std::uint64_t>());
    std::ranges::reverse(next.info.shape);
    auto type = from_.number<std::uint32_t>();
    next.first = from_.number<std::uint64_t>();
    if (from_.ok())
      set_type(next, type);
    if (from_.ok() && !names_.insert(next.info.name).second)
      refuse(next.info.name, "is there twice");
    if (from_.ok())
      to_.entries.push_back(std::move(next));
  }

  void set_type(gguf_entry& x, std::uint32_t number) {
    x.type = find_gguf_type(number);
    x.info.type_name = x.type ? x.type->name
                              : fmt::format("of type {}", number);
    if (!x.type || !x.type->is_read()) {
      refuse(x.info.name, fmt::format("is {}, which is not read: {} are",
                                      x.info.type_name, gguf_type_names()));
      return;
    }
    x.info.type = x.type->dequantise ? value_type::f32 : x.type->plain;
    auto bytes = bytes_of(x.info);
    auto columns = x.info.shape.empty() ? 1 : x.info.shape.back();
    if (!bytes || *bytes == 0 || columns % x.type->values != 0)
      refuse(x.info.name, fmt::format("cannot be {} with rows of {}",
                                      x.info.type_name, columns));
    else
      x.bytes = *bytes / size_of(x.info.type) / x.type->values * x.type->bytes;
  }

  void read_alignment() {
    constexpr std::uint64_t usual = 32;
    constexpr std::uint64_t most = std::uint64_t{1} << 20;
    alignment_ = usual;
    if (to_.metadata.find("general.alignment"))
      alignment_ = to_.metadata.whole_number("general.alignment").value_or(0);
    if (alignment_ == 0 || alignment_ > most
        || (alignment_ & (alignment_ - 1)) != 0)
      from_.fail("general.alignment is no power of two up to 2^20");
    else
      to_.data = (from_.at() + alignment_ - 1) / alignment_ * alignment_;
  }

  void check_places() {
    auto end = from_.at() + from_.left();
    auto room = end < to_.data ? 0 : end - to_.data;
    std::vector<const gguf_entry*> sorted;
    for (const auto& x : to_.entries) {
      sorted.push_back(&x);
      if (x.first % alignment_ != 0)
        refuse(x.info.name,
               fmt::format("begins at {}, which general.alignment {} does not "
                           "divide",
                           x.first, alignment_));
      else if (x.first > room || x.bytes > room - x.first)
        refuse(x.info.name, fmt::format("would end beyond the file's {} bytes: "
                                        "it was cut off, or is damaged",
                                        end));
    }
    std::ranges::sort(sorted, {}, &gguf_entry::first);
    for (std::size_t i = 1; i < sorted.size() && from_.ok(); ++i)
      if (sorted[i]->first - sorted[i - 1]->first < sorted[i - 1]->bytes)
        refuse(sorted[i]->info.name, "has bytes that are another one's");
  }

  gguf_cursor& from_;
  const std::string& path_;
  gguf_header& to_;
  std::set<std::string> names_;
  std::uint64_t alignment_ = 0;
};

void read_version(gguf_cursor& from, const std::string& path) {
  auto version = from.number<std::uint32_t>();
  if (version == 2 || version == 3)
    return;
  constexpr std::uint32_t lowest_byte = 0xff;
  auto what = version != 0 && (version & lowest_byte) == 0
                ? std::string{"is big-endian, and only little-endian files "
                              "are read"}
                : fmt::format("is of version {}, and 2 and 3 are read: convert "
                              "it with a llama.cpp of today",
                              version);
  from.fail(make_failure(errc::bad_model,
                         fmt::format("'{}' {}", printable_path(path), what)));
}

} // namespace

caf::expected<gguf_header> read_gguf_header(input_file& file,
                                            const std::string& path) {
  constexpr std::uint32_t magic = 0x46554747; // "GGUF"
  // A length or an extent, a type, an offset or a value.
  constexpr std::uint64_t least_entry = 24;
  constexpr std::uint64_t least_pair = 13;
  auto size = file.size();
  if (!size)
    return size.error();
  gguf_cursor from{file, path, *size};
  if (from.number<std::uint32_t>() != magic)
    from.fail("it is no GGUF");
  if (from.ok())
    read_version(from, path);
  gguf_header result;
  auto tensors = from.count(least_entry);
  auto pairs = from.count(least_pair);
  read_metadata(from, pairs, result.metadata);
  entry_reader{from, path, result}.read(tensors);
  if (!from.ok())
    return from.error();
  return result;
}

} // namespace ganglion
