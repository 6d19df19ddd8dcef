// Zip archives as texts.
#include <algorithm>
#include <span>

#include "runtime/model_store/formats/little_endian.hpp"
#include "runtime/model_store/formats/zip_format.hpp"
#include "runtime/model_store/formats/zip_records.hpp"

namespace ganglion {

namespace {

using namespace zip;

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

bool has_large_sizes(const zip_entry& x) {
  return std::max(x.size, x.packed_size) >= elsewhere;
}

std::uint32_t in_32_bits(std::uint64_t x) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(x, elsewhere));
}

/// What does not fit into 32 bits, in the order that the format has.
std::string large_fields(const zip_entry& x, bool with_offset) {
  text_writer values;
  if (has_large_sizes(x))
    values.number(x.size).number(x.packed_size);
  if (with_offset && x.offset >= elsewhere)
    values.number(x.offset);
  auto text = values.finish();
  if (text.empty())
    return text;
  text_writer result;
  return result.number(large_tag)
    .number(static_cast<std::uint16_t>(text.size()))
    .text(text)
    .finish();
}

/// What local and central headers have in common.
void common_fields(text_writer& out, const zip_entry& x,
                   const std::string& extra) {
  auto large = has_large_sizes(x);
  out.number(extra.empty() ? version : large_version)
    .number(std::uint16_t{0})
    .number(x.method)
    .number(std::uint16_t{0})
    .number(date)
    .number(x.crc)
    .number(large ? elsewhere : in_32_bits(x.packed_size))
    .number(large ? elsewhere : in_32_bits(x.size))
    .number(static_cast<std::uint16_t>(x.name.size()))
    .number(static_cast<std::uint16_t>(extra.size()));
}

void central_header(text_writer& out, const zip_entry& x) {
  auto extra = large_fields(x, true);
  out.text(central_magic).number(extra.empty() ? version : large_version);
  common_fields(out, x, extra);
  out.number(std::uint16_t{0})
    .number(std::uint16_t{0})
    .number(std::uint16_t{0})
    .number(std::uint32_t{0})
    .number(in_32_bits(x.offset))
    .text(x.name)
    .text(extra);
}

/// Gives the end what does not fit into it.
std::string large_end(std::uint64_t count, std::uint64_t start,
                      std::uint64_t bytes) {
  constexpr std::uint64_t rest = large_end_size - 12;
  text_writer out;
  out.text(large_end_magic)
    .number(rest)
    .number(large_version)
    .number(large_version)
    .number(std::uint32_t{0})
    .number(std::uint32_t{0})
    .number(count)
    .number(count)
    .number(bytes)
    .number(start);
  out.text(locator_magic)
    .number(std::uint32_t{0})
    .number(start + bytes)
    .number(std::uint32_t{1});
  return out.finish();
}

} // namespace

std::string local_header(const zip_entry& x) {
  text_writer out;
  out.text(local_magic);
  auto extra = large_fields(x, false);
  common_fields(out, x, extra);
  return out.text(x.name).text(extra).finish();
}

std::string central_directory(const std::vector<zip_entry>& entries) {
  text_writer out;
  std::uint64_t start = 0;
  for (const auto& x : entries) {
    central_header(out, x);
    start = x.offset + local_header(x).size() + x.packed_size;
  }
  auto result = out.finish();
  auto bytes = result.size();
  if (entries.size() >= count_elsewhere
      || std::max<std::uint64_t>(start, bytes) >= elsewhere)
    result += large_end(entries.size(), start, bytes);
  auto count = static_cast<std::uint16_t>(
    std::min<std::size_t>(entries.size(), count_elsewhere));
  text_writer end;
  end.text(end_magic)
    .number(std::uint32_t{0})
    .number(count)
    .number(count)
    .number(in_32_bits(bytes))
    .number(in_32_bits(start))
    .number(std::uint16_t{0});
  return result + end.finish();
}

} // namespace ganglion
