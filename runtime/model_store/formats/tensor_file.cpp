#include "runtime/model_store/formats/tensor_file.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

#include "runtime/model_store/formats/gguf_file.hpp"
#include "runtime/model_store/formats/zip_format.hpp"

namespace ganglion {

namespace {

static_assert(std::endian::native == std::endian::little);

/// Bytes that are converted at a time.
constexpr std::size_t conversion_size = std::size_t{1} << 16;

constexpr std::string_view zip_magic{"PK\3\4", 4};

template <class T>
T load(const std::byte* from) {
  T result;
  std::memcpy(&result, from, sizeof result);
  return result;
}

float value_at(const std::byte* from, value_type type) {
  switch (type) {
    case value_type::f16:
      return from_half(load<std::uint16_t>(from));
    case value_type::bf16:
      return std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(from)}
                                  << 16);
    case value_type::f64:
      return static_cast<float>(load<double>(from));
    default:
      return load<float>(from);
  }
}

} // namespace

float from_half(std::uint16_t x) {
  constexpr int exponent_bits = 31;
  auto exponent = x >> 10 & exponent_bits;
  auto fraction = static_cast<float>(x & 0x3ff);
  auto value = exponent == 0 ? std::ldexp(fraction, -24)
               : exponent < exponent_bits
                 ? std::ldexp(fraction + 1024, exponent - 25)
               : fraction == 0 ? std::numeric_limits<float>::infinity()
                               : std::numeric_limits<float>::quiet_NaN();
  return (x & 0x8000) != 0 ? -value : value;
}

std::size_t size_of(value_type x) noexcept {
  constexpr std::array<std::size_t, 5> sizes{2, 2, 4, 8, 0};
  return sizes[static_cast<std::size_t>(x)];
}

std::optional<std::uint64_t> bytes_of(const tensor_info& x) {
  constexpr auto most = std::uint64_t{1} << 60;
  std::uint64_t result = size_of(x.type);
  for (auto extent : x.shape) {
    if (extent != 0 && result > most / extent)
      return {};
    result *= extent;
  }
  return result;
}

caf::error read_values(byte_stream& from, value_type type,
                       std::span<float> out) {
  if (type == value_type::f32)
    return from.read(std::as_writable_bytes(out));
  std::vector<std::byte> piece;
  auto size = size_of(type);
  while (!out.empty()) {
    auto count = std::min(out.size(), conversion_size / size);
    piece.resize(count * size);
    if (auto err = from.read(piece))
      return err;
    for (std::size_t i = 0; i < count; ++i)
      out[i] = value_at(&piece[i * size], type);
    out = out.subspan(count);
  }
  return {};
}

caf::expected<std::vector<float>> read_whole_array(tensor_file& from,
                                                   std::size_t index) {
  const auto& info = from.tensors()[index];
  auto stream = from.open(index);
  if (!stream)
    return stream.error();
  std::size_t count = 1;
  for (auto x : info.shape)
    count *= x;
  std::vector<float> result(count);
  if (auto err = read_values(**stream, info.type, result))
    return err;
  if (auto err = (*stream)->finish())
    return err;
  return result;
}

caf::expected<std::string> read_text_at(input_file& file,
                                        const std::string& path,
                                        std::uint64_t offset,
                                        std::uint64_t size) {
  std::string result(size, '\0');
  auto got = file.read_at(offset, std::as_writable_bytes(std::span{result}));
  if (!got)
    return got.error();
  if (*got < size)
    return damaged_file(path, offset + *got, "it ends there, too early");
  return result;
}

namespace {

caf::error of_others(const std::string& path, std::string_view what) {
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' is {}", printable_path(path), what));
}

/// Zip archives of other programs.
caf::error check_no_archive(input_file& file, const std::string& path) {
  auto entries = read_zip_directory(file, path);
  if (!entries)
    return entries.error();
  for (const auto& x : *entries) {
    if (x.name.ends_with("/data.pkl"))
      return of_others(path,
                       "a checkpoint of PyTorch's, which is a program of its "
                       "own: save the weights with safetensors.torch.save_file("
                       "model.state_dict(), 'model.safetensors')");
    if (x.name.ends_with(".weights.h5"))
      return of_others(path, "an archive of Keras's: save its weights with "
                             "numpy.savez('model.npz', *model.get_weights()), "
                             "each kernel transposed (.T), and import that "
                             "with --by-order");
  }
  return {};
}

} // namespace

caf::expected<std::unique_ptr<tensor_file>>
open_tensor_file(file_system& files, const std::string& path) {
  auto file = files.open(path);
  if (!file)
    return file.error();
  std::array<char, 4> start{};
  auto got = (*file)->read_at(0, std::as_writable_bytes(std::span{start}));
  if (!got)
    return got.error();
  std::string_view magic{start.data(), start.size()};
  if (magic == "\x89HDF")
    return of_others(path, "HDF5, as Keras writes it: save its weights with "
                           "numpy.savez('model.npz', *model.get_weights()), "
                           "each kernel transposed (.T), and import that with "
                           "--by-order");
  if (magic == zip_magic) {
    if (auto err = check_no_archive(**file, path))
      return err;
    return open_npz(std::move(*file), path);
  }
  if (magic == gguf_magic) {
    auto made = gguf_file::open(std::move(*file), path);
    if (!made)
      return made.error();
    return std::unique_ptr<tensor_file>{std::move(*made)};
  }
  return open_safetensors(std::move(*file), path);
}

} // namespace ganglion
