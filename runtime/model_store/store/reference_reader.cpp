#include "runtime/model_store/store/reference_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/formats/checksum.hpp"
#include "runtime/model_store/formats/region_stream.hpp"

namespace ganglion {

namespace {

/// Bytes that tell a file from another one that took its place.
constexpr std::uint64_t front_size = 4096;

/// Values that are read at once to be looked through.
constexpr std::uint64_t verified_values = std::uint64_t{1} << 22;

caf::expected<std::uint64_t> checksum_of_front(input_file& file) {
  std::vector<std::byte> front(front_size);
  auto got = file.read_at(0, front);
  if (!got)
    return got.error();
  return checksum(std::span{front}.first(*got));
}

/// An error unless it is the file that was referred to.
caf::error check_same(const referenced_file& x, const std::string& path,
                      input_file& file) {
  auto size = file.size();
  if (!size)
    return size.error();
  auto front = checksum_of_front(file);
  if (!front)
    return front.error();
  if (*size == x.size && *front == x.checksum)
    return {};
  return make_failure(
    errc::bad_model,
    fmt::format("'{}' is not the file any more that the model was made of, "
                "which had {} bytes: put that one back, or import it anew",
                path, x.size));
}

std::string normal(const std::filesystem::path& x) {
  return x.lexically_normal().string();
}

} // namespace

caf::expected<referenced_file>
refer_to(file_system& files, const std::string& dir, const std::string& path) {
  auto file = files.open(path);
  if (!file)
    return file.error();
  auto size = (*file)->size();
  if (!size)
    return size.error();
  auto front = checksum_of_front(**file);
  if (!front)
    return front.error();
  auto own = std::filesystem::path{path}.lexically_relative(dir);
  return referenced_file{path, own.string(), *size, *front};
}

caf::expected<reference_reader> reference_reader::open(file_system& files,
                                                       const std::string& dir,
                                                       weights_reference what) {
  reference_reader result{std::move(what)};
  for (const auto& x : result.what_.files) {
    auto beside = normal(std::filesystem::path{dir} / x.from_model);
    caf::error why;
    for (const auto& path : {beside, x.path}) {
      auto file = files.open(path);
      auto err = file ? check_same(x, path, **file) : file.error();
      if (!err) {
        result.files_.push_back({path, std::move(*file)});
        why = {};
        break;
      }
      if (!why || why == errc::not_found)
        why = err;
    }
    if (why == errc::not_found)
      return make_failure(
        errc::bad_model,
        fmt::format("'{}' is missing, of which the model was made in place: "
                    "put it back, or import it anew",
                    x.path));
    if (why)
      return why;
  }
  return result;
}

caf::error reference_reader::read_run(const referenced_part& x,
                                      std::uint64_t first,
                                      std::span<float> out) {
  auto& from = files_[x.file];
  auto type = static_cast<value_type>(x.type);
  region_stream values{*from.file, from.path, x.offset + first * size_of(type)};
  return read_values(values, type, out);
}

caf::error reference_reader::read_transposed(const referenced_part& x,
                                             std::uint64_t first,
                                             std::uint64_t neurons,
                                             part_columns to) {
  const auto& at = x.place;
  std::vector<float> run(neurons * at.own_rows);
  for (std::uint64_t i = 0; i < at.inputs; ++i) {
    if (auto err = read_run(x, i * at.rows + first, run))
      return err;
    for (std::uint64_t r = 0; r < run.size(); ++r)
      to(r / at.own_rows)[r % at.own_rows * at.inputs + i] = run[r];
  }
  return {};
}

caf::error reference_reader::read_part(const referenced_part& x,
                                       neuron_range range, part_columns to) {
  const auto& at = x.place;
  auto first = at.row_of(range.first - what_.range.first);
  auto neurons = at.shared ? 1 : range.count;
  if (at.transposed) {
    if (auto err = read_transposed(x, first, neurons, to))
      return err;
  } else {
    for (std::uint64_t k = 0; k < neurons; ++k)
      if (auto err = read_run(x, (first + k * at.own_rows) * at.inputs,
                              {to(k), at.columns}))
        return err;
  }
  for (std::uint64_t k = neurons; k < range.count; ++k)
    std::copy_n(to(0), at.columns, to(k));
  return {};
}

caf::error reference_reader::read_rows(neuron_range range,
                                       std::span<float> out) {
  if (!what_.range.contains(range)
      || out.size() != range.count * what_.columns())
    return make_failure(errc::bad_argument,
                        fmt::format("a reference is to neurons {}, not to {}",
                                    to_string(what_.range), to_string(range)));
  std::ranges::fill(out, 0.0f);
  auto columns = what_.columns();
  std::uint64_t column = 0;
  for (const auto& x : what_.parts) {
    if (x.file != referenced_part::none)
      if (auto err = read_part(x, range, {out.data() + column, columns}))
        return err;
    column += x.place.columns;
  }
  return {};
}

caf::error reference_reader::verify() {
  auto count = std::max<std::uint64_t>(verified_values / what_.columns(), 1);
  std::vector<float> values;
  for (auto left = what_.range; !left.empty();) {
    neuron_range piece{left.first, std::min(count, left.count)};
    values.resize(piece.count * what_.columns());
    if (auto err = read_rows(piece, values))
      return err;
    left = range_between(piece.end(), left.end());
  }
  return {};
}

} // namespace ganglion
