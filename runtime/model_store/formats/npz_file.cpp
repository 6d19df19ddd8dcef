// An .npz: a zip archive with a .npy file per array; see numpy.lib.format.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <zlib.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/formats/little_endian.hpp"
#include "runtime/model_store/formats/npy_layout.hpp"
#include "runtime/model_store/formats/tensor_file.hpp"
#include "runtime/model_store/formats/zip_format.hpp"

namespace ganglion {

namespace {

constexpr std::string_view npy_magic{"\x93NUMPY", 6};
constexpr std::string_view npy_suffix = ".npy";

/// NumPy refuses longer headers, too.
constexpr std::uint32_t max_npy_header = 10'000;

/// Packed bytes that are read at a time.
constexpr std::size_t packed_piece = std::size_t{1} << 16;

/// The bytes of an entry, unpacked.
class entry_stream : public byte_stream {
public:
  entry_stream(input_file& file, const std::string& path,
               const zip_entry& entry, std::uint64_t at)
    : file_(file),
      path_(path),
      entry_(entry),
      at_(at),
      left_(entry.packed_size) {
    if (entry.method == zip_entry::deflated)
      ready_ = inflateInit2(&zip_, -MAX_WBITS) == Z_OK;
  }

  entry_stream(const entry_stream&) = delete;
  entry_stream& operator=(const entry_stream&) = delete;

  ~entry_stream() override {
    if (ready_)
      inflateEnd(&zip_);
  }

  caf::error read(std::span<std::byte> out) override {
    auto all = out;
    auto err = entry_.method == zip_entry::stored ? take(out) : unpack(out);
    if (!err)
      crc_ = crc32_z(crc_, reinterpret_cast<const Bytef*>(all.data()),
                     all.size());
    return err;
  }

  caf::error finish() override {
    return crc_ == entry_.crc
             ? caf::error{}
             : bad(fmt::format("'{}' has another checksum", entry_.name));
  }

private:
  [[nodiscard]] caf::error bad(std::string_view what) const {
    return damaged_file(path_, at_, what);
  }

  /// Packed bytes as they are.
  caf::error take(std::span<std::byte> out) {
    if (out.size() > left_)
      return bad(fmt::format("'{}' ends there, too early", entry_.name));
    auto got = file_.read_at(at_, out);
    if (!got)
      return got.error();
    at_ += *got;
    left_ -= *got;
    return *got == out.size() ? caf::error{} : bad("it ends there, too early");
  }

  caf::error refill() {
    auto count = std::min<std::uint64_t>(left_, packed_.size());
    if (auto err = take(std::span{packed_}.first(count)))
      return err;
    zip_.next_in = reinterpret_cast<Bytef*>(packed_.data());
    zip_.avail_in = static_cast<uInt>(count);
    return {};
  }

  caf::error unpack(std::span<std::byte> out) {
    while (!out.empty()) {
      if (zip_.avail_in == 0 && left_ > 0)
        if (auto err = refill())
          return err;
      auto count = std::min<std::size_t>(out.size(),
                                         std::numeric_limits<uInt>::max());
      zip_.next_out = reinterpret_cast<Bytef*>(out.data());
      zip_.avail_out = static_cast<uInt>(count);
      auto status = ready_ ? inflate(&zip_, Z_NO_FLUSH) : Z_MEM_ERROR;
      auto done = count - zip_.avail_out;
      out = out.subspan(done);
      auto stuck = done == 0
                   && (status != Z_OK || zip_.avail_in > 0 || left_ == 0);
      if (stuck || (status != Z_OK && status != Z_STREAM_END))
        return bad(
          fmt::format("'{}' cannot be unpacked from there on", entry_.name));
    }
    return {};
  }

  input_file& file_;
  const std::string& path_;
  const zip_entry& entry_;
  std::uint64_t at_;
  std::uint64_t left_;
  uLong crc_ = 0;
  bool ready_ = false;
  z_stream zip_{};
  std::array<std::byte, packed_piece> packed_;
};

/// Of "<f4" or ">f4".
value_type parse_type(std::string_view text) {
  auto order = text.substr(0, 1);
  auto kind = text.substr(order.size());
  return order != "<" && order != ">" ? value_type::other
         : kind == "f4"               ? value_type::f32
         : kind == "f8"               ? value_type::f64
         : kind == "f2"               ? value_type::f16
                                      : value_type::other;
}

/// What comes after "'key':" in the header's literal; empty where it is not
/// there.
std::string_view value_of(std::string_view header, std::string_view key) {
  auto at = header.find(fmt::format("'{}'", key));
  if (at == header.npos)
    return {};
  header.remove_prefix(header.find('\'', at + 1) + 1);
  auto start = header.find_first_not_of(" :");
  return start == header.npos ? std::string_view{} : header.substr(start);
}

/// "(3, 4)" -> 3, 4
std::optional<std::vector<std::uint64_t>> parse_shape(std::string_view text) {
  auto end = text.find(')');
  if (!text.starts_with('(') || end == text.npos)
    return {};
  std::vector<std::uint64_t> result;
  text = text.substr(1, end - 1);
  while (!text.empty()) {
    std::uint64_t extent = 0;
    auto [next, code] = std::from_chars(text.data(), text.data() + text.size(),
                                        extent);
    if (code != std::errc{} || result.size() == max_dimensions)
      return {};
    result.push_back(extent);
    text.remove_prefix(static_cast<std::size_t>(next - text.data()));
    // Python 2 wrote long integers as such.
    auto start = text.find_first_not_of(text.starts_with('L') ? "L, " : ", ");
    text.remove_prefix(std::min(start, text.size()));
  }
  return result;
}

/// Fills in shape and type; false where the header makes no sense.
bool parse_header(std::string header, tensor_info& out, npy_layout& layout) {
  // A dictionary of Python's, which has two kinds of quotes.
  std::ranges::replace(header, '"', '\'');
  auto type = value_of(header, "descr");
  auto order = value_of(header, "fortran_order");
  auto shape = parse_shape(value_of(header, "shape"));
  if (type.empty() || order.empty() || !shape)
    return false;
  out.type_name = "a structure";
  if (type.starts_with('\''))
    out.type_name = type.substr(1, type.find('\'', 1) - 1);
  out.type = parse_type(out.type_name);
  layout.big_endian = out.type_name.starts_with('>');
  layout.by_columns = order.starts_with("True") && shape->size() > 1;
  out.shape = std::move(*shape);
  return true;
}

caf::expected<std::uint32_t> read_length(byte_stream& from, std::size_t size) {
  std::array<std::byte, 4> bytes{};
  if (auto err = from.read(std::span{bytes}.first(size)))
    return err;
  return get_number<std::uint32_t>(bytes, 0);
}

class npz_file : public tensor_file {
public:
  npz_file(std::unique_ptr<input_file> file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {
    // nop
  }

  caf::error read_directory() {
    auto entries = read_zip_directory(*file_, path_);
    if (!entries)
      return entries.error();
    std::erase_if(*entries, [](const zip_entry& x) {
      return !x.name.ends_with(npy_suffix);
    });
    entries_ = std::move(*entries);
    for (const auto& x : entries_) {
      auto stream = unpacked(x);
      if (!stream)
        return stream.error();
      tensor_info info;
      npy_layout layout;
      info.name = x.name.substr(0, x.name.size() - npy_suffix.size());
      if (auto err = read_header(**stream, x, info, layout))
        return err;
      tensors_.push_back(std::move(info));
    }
    return {};
  }

  [[nodiscard]] const std::vector<tensor_info>& tensors() const override {
    return tensors_;
  }

  [[nodiscard]] bool keeps_order() const noexcept override {
    return true;
  }

  caf::expected<std::unique_ptr<byte_stream>> open(std::size_t index) override {
    auto result = unpacked(entries_[index]);
    tensor_info what;
    npy_layout layout;
    if (result)
      if (auto err = read_header(**result, entries_[index], what, layout))
        return err;
    if (result && (layout.big_endian || layout.by_columns))
      return rearranged(std::move(*result), what, layout);
    return result;
  }

private:
  caf::expected<std::unique_ptr<byte_stream>> unpacked(const zip_entry& x) {
    auto data = find_zip_data(*file_, path_, x);
    if (!data)
      return data.error();
    return std::make_unique<entry_stream>(*file_, path_, x, *data);
  }

  /// Reads up to the first value.
  caf::error read_header(byte_stream& from, const zip_entry& x,
                         tensor_info& out, npy_layout& layout) {
    auto bad = [&](std::string_view what) {
      return damaged_file(
        path_, x.offset,
        fmt::format("'{}', which begins there, {}", printable(x.name), what));
    };
    std::string start(npy_magic.size() + 2, '\0');
    if (auto err = from.read(std::as_writable_bytes(std::span{start})))
      return err;
    if (!start.starts_with(npy_magic) || start[6] < 1 || start[6] > 3)
      return bad("is no .npy of versions 1 to 3");
    auto length_size = std::size_t{start[6] == 1 ? 2U : 4U};
    auto size = read_length(from, length_size);
    if (!size)
      return size.error();
    if (*size > max_npy_header)
      return bad("has a header that is too long");
    std::string header(*size, '\0');
    if (auto err = from.read(std::as_writable_bytes(std::span{header})))
      return err;
    if (!parse_header(header, out, layout))
      return bad("has a header that cannot be read");
    auto bytes = bytes_of(out);
    auto head = start.size() + length_size + *size;
    if (out.type != value_type::other
        && (!bytes || x.size < head || *bytes != x.size - head))
      return bad("has more or fewer values than its shape says");
    return {};
  }

  std::unique_ptr<input_file> file_;
  std::string path_;
  std::vector<zip_entry> entries_;
  std::vector<tensor_info> tensors_;
};

} // namespace

caf::expected<std::unique_ptr<tensor_file>>
open_npz(std::unique_ptr<input_file> file, const std::string& path) {
  auto result = std::make_unique<npz_file>(std::move(file), path);
  if (auto err = result->read_directory())
    return err;
  return result;
}

} // namespace ganglion
