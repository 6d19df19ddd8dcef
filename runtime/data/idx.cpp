#include "runtime/data/idx.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/data/gz_reader.hpp"

namespace ganglion {

namespace {

constexpr unsigned ubyte_type = 0x08;
constexpr unsigned float_type = 0x0d;
constexpr std::size_t chunk_size = 1 << 18;
/// More bytes than any file holds; far from overflow.
constexpr std::uint64_t max_bytes = std::uint64_t{1} << 60;

struct idx_header {
  bool bytes = false;
  std::vector<std::uint32_t> dimensions;

  [[nodiscard]] std::uint64_t element_size() const {
    return bytes ? 1 : 4;
  }

  [[nodiscard]] std::uint64_t size() const {
    return 4 + 4 * dimensions.size();
  }
};

caf::error bad(std::string_view path, std::string_view what) {
  return make_failure(errc::bad_data, fmt::format("'{}' {}", path, what));
}

caf::error truncated(std::string_view path, std::uint64_t expected,
                     std::uint64_t found) {
  return bad(path, fmt::format("is truncated: {} bytes expected, {} found: "
                               "fetch it again",
                               expected, found));
}

std::uint32_t big_endian(const std::byte* at) {
  std::uint32_t result = 0;
  for (int i = 0; i < 4; ++i)
    result = result << 8 | std::to_integer<std::uint32_t>(at[i]);
  return result;
}

/// Checks the first four bytes and gives the number of dimensions.
caf::expected<std::size_t> check_magic(std::string_view path,
                                       std::span<const std::byte, 4> magic) {
  auto word = big_endian(magic.data());
  auto type = word >> 8;
  auto known = {0x08u, 0x09u, 0x0bu, 0x0cu, 0x0du, 0x0eu};
  if (std::ranges::find(known, type) == known.end() || (word & 0xff) == 0)
    return bad(path, fmt::format("is no IDX file: it starts with the bytes "
                                 "{:08x}, but 000008 or 00000d and the number "
                                 "of dimensions are due: use another file",
                                 word));
  if (type != ubyte_type && type != float_type)
    return bad(path, fmt::format("holds elements of type 0x{:02x}, but only "
                                 "0x08 (ubyte) and 0x0d (float32) can be read: "
                                 "convert it",
                                 type));
  return word & 0xff;
}

caf::expected<idx_header> read_header(gz_reader& in) {
  std::array<std::byte, 4> magic;
  auto got = in.read(magic);
  if (!got)
    return got.error();
  if (*got < magic.size())
    return truncated(in.path(), magic.size(), *got);
  auto count = check_magic(in.path(), magic);
  if (!count)
    return count.error();
  std::vector<std::byte> bytes(4 * *count);
  got = in.read(bytes);
  if (!got)
    return got.error();
  if (*got < bytes.size())
    return truncated(in.path(), 4 + bytes.size(), 4 + *got);
  idx_header result;
  result.bytes = std::to_integer<unsigned>(magic[2]) == ubyte_type;
  for (std::size_t i = 0; i < bytes.size(); i += 4)
    result.dimensions.push_back(big_endian(&bytes[i]));
  return result;
}

/// Number of elements that the header announces.
caf::expected<std::uint64_t> element_count(std::string_view path,
                                           const idx_header& header) {
  std::uint64_t result = 1;
  const auto& dimensions = header.dimensions;
  if (dimensions[0] == 0)
    return bad(path, "holds no samples: use a file that does");
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    if (dimensions[i] == 0)
      return bad(path, fmt::format("has size 0 in dimension {} of {}: use a "
                                   "file with values in it",
                                   i + 1, dimensions.size()));
    if (result > max_bytes / 4 / dimensions[i])
      return bad(path, "announces more values than a file can hold: its "
                       "header is damaged, fetch it again");
    result *= dimensions[i];
  }
  return result;
}

void append(std::vector<float>& values, std::span<const std::byte> bytes,
            const idx_header& header, float byte_unit) {
  if (header.bytes) {
    for (auto x : bytes)
      values.push_back(static_cast<float>(std::to_integer<int>(x)) / byte_unit);
    return;
  }
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4)
    values.push_back(std::bit_cast<float>(big_endian(&bytes[i])));
}

caf::expected<std::vector<float>> read_values(gz_reader& in,
                                              const idx_header& header,
                                              std::uint64_t count,
                                              float byte_unit) {
  auto total = count * header.element_size();
  std::vector<float> result;
  std::vector<std::byte> chunk(chunk_size);
  for (std::uint64_t done = 0; done < total;) {
    auto want = std::min<std::uint64_t>(chunk.size(), total - done);
    auto got = in.read(std::span{chunk}.first(want));
    if (!got)
      return got.error();
    done += *got;
    if (*got < want)
      return truncated(in.path(), header.size() + total, header.size() + done);
    if (result.capacity() < result.size() + want)
      result.reserve(
        std::min<std::uint64_t>(count, 2 * result.size() + chunk_size));
    append(result, std::span{chunk}.first(want), header, byte_unit);
  }
  auto more = in.read(std::span{chunk}.first(1));
  if (!more)
    return more.error();
  if (*more > 0)
    return bad(in.path(), fmt::format("holds more than the {} bytes that its "
                                      "header announces: fetch it again",
                                      header.size() + total));
  return result;
}

/// Takes the vector over instead of copying it.
tensor to_tensor(std::vector<float> values, std::size_t rows) {
  auto columns = values.size() / rows;
  auto owner = std::make_shared<std::vector<float>>(std::move(values));
  auto view = std::shared_ptr<const float[]>{owner, owner->data()};
  return {std::move(view), rows, columns, columns};
}

caf::error check_finite(std::string_view path, const tensor& values) {
  for (std::size_t i = 0; i < values.rows(); ++i) {
    auto row = values.row(i);
    for (std::size_t k = 0; k < row.size(); ++k)
      if (!std::isfinite(row[k]))
        return bad(path, fmt::format("holds {} at sample {}, feature {} (both "
                                     "counted from 0): replace it by a finite "
                                     "number",
                                     row[k], i, k));
  }
  return {};
}

caf::error check_shapes(std::string_view path, const idx_array& samples,
                        std::string_view label_path, const idx_array& labels) {
  if (samples.dimensions.size() < 2)
    return bad(path, "has 1 dimension, but samples have 2 or more (sample, "
                     "feature): did you mean it for the labels?");
  if (labels.dimensions.size() != 1)
    return bad(label_path, fmt::format("has {} dimensions, but labels have 1: "
                                       "did you mean it for the samples?",
                                       labels.dimensions.size()));
  if (samples.dimensions[0] != labels.dimensions[0])
    return bad(path, fmt::format("holds {} samples, but '{}' holds {} labels: "
                                 "use two files that belong together",
                                 samples.dimensions[0], label_path,
                                 labels.dimensions[0]));
  return {};
}

/// The number of classes; `classes` unless that is 0.
caf::expected<std::uint64_t> count_classes(std::string_view path,
                                           const tensor& labels,
                                           std::uint64_t classes) {
  auto limit = static_cast<float>(classes == 0 ? max_classes : classes);
  float largest = 0;
  for (std::size_t i = 0; i < labels.rows(); ++i) {
    auto label = labels.row(i)[0];
    if (!(label >= 0 && label < limit) || std::trunc(label) != label)
      return bad(path, fmt::format("gives sample {} (counted from 0) the label "
                                   "{}, but labels are whole numbers from 0 to "
                                   "{}: correct it",
                                   i, label, limit - 1));
    largest = std::max(largest, label);
  }
  return classes == 0 ? static_cast<std::uint64_t>(largest) + 1 : classes;
}

} // namespace

caf::expected<idx_array> read_idx(const std::string& path, float byte_unit) {
  auto in = gz_reader::open(path);
  if (!in)
    return in.error();
  auto header = read_header(*in);
  if (!header)
    return header.error();
  auto count = element_count(path, *header);
  if (!count)
    return count.error();
  auto values = read_values(*in, *header, *count, byte_unit);
  if (!values)
    return values.error();
  idx_array result{std::move(header->dimensions), {}};
  result.values = to_tensor(std::move(*values), result.dimensions[0]);
  if (auto err = check_finite(path, result.values))
    return err;
  return result;
}

caf::expected<dataset> read_idx_pair(const std::string& samples,
                                     const std::string& labels,
                                     std::uint64_t classes) {
  auto from = read_idx(samples, 255.0f);
  if (!from)
    return from.error();
  auto marks = read_idx(labels);
  if (!marks)
    return marks.error();
  if (auto err = check_shapes(samples, *from, labels, *marks))
    return err;
  auto counted = count_classes(labels, marks->values, classes);
  if (!counted)
    return counted.error();
  dataset result;
  result.name = samples;
  result.samples = from->values;
  result.labels = marks->values;
  result.classes = *counted;
  if (from->dimensions.size() == 3) {
    result.image_rows = from->dimensions[1];
    result.image_columns = from->dimensions[2];
  }
  return result;
}

} // namespace ganglion
