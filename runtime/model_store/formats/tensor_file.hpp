// Files of named arrays that other programs wrote, for import: safetensors,
// NumPy's .npz, and GGUF. Names and shapes are read at once and checked against
// the file's size; values come as a stream, so that memory does not depend on
// what a file claims. A file and its streams are for one thread; nothing is
// written.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

/// How values are written in a file, little-endian.
enum class value_type : std::uint8_t { f16, bf16, f32, f64, other };

/// Arrays of more dimensions are not read: no layer has them.
inline constexpr std::size_t max_dimensions = 64;

struct tensor_info {
  std::string name;
  std::vector<std::uint64_t> shape;
  value_type type = value_type::other;
  /// As the file has it, for messages.
  std::string type_name;
};

/// The bytes of one array, from its first value on.
class byte_stream {
public:
  virtual ~byte_stream() = default;

  /// Fills `out`, or fails.
  virtual caf::error read(std::span<std::byte> out) = 0;

  /// After the last one: verifies what checksum the format has.
  virtual caf::error finish() = 0;
};

class tensor_file {
public:
  virtual ~tensor_file() = default;

  /// In an order that people would give them: of .npz as they were saved, of
  /// safetensors, which sorts them, by name with numbers as numbers.
  [[nodiscard]] virtual const std::vector<tensor_info>& tensors() const = 0;

  /// Whether that is the order in which they were saved.
  [[nodiscard]] virtual bool keeps_order() const noexcept {
    return false;
  }

  /// Where in the file the values of one of `tensors()` are, as they are;
  /// nothing where they are packed.
  [[nodiscard]] virtual std::optional<std::uint64_t>
  offset_of(std::size_t) const {
    return std::nullopt;
  }

  /// Of one of `tensors()`. Errors: bad_model naming file and offset, system.
  [[nodiscard]] virtual caf::expected<std::unique_ptr<byte_stream>>
  open(std::size_t index) = 0;
};

/// Errors: not_found, bad_model naming the offset, bad_argument for kinds of
/// files that are not read.
caf::expected<std::unique_ptr<tensor_file>>
open_tensor_file(file_system& files, const std::string& path);

/// What the formats are made with; `file` is open and `path` its name.
caf::expected<std::unique_ptr<tensor_file>>
open_safetensors(std::unique_ptr<input_file> file, const std::string& path);
caf::expected<std::unique_ptr<tensor_file>>
open_npz(std::unique_ptr<input_file> file, const std::string& path);

/// The number that IEEE's binary16 of these bits is.
float from_half(std::uint16_t x);

/// The next values of a stream as float32.
caf::error read_values(byte_stream& from, value_type type,
                       std::span<float> out);

/// All values of an array whose size the file's own bounds.
caf::expected<std::vector<float>> read_whole_array(tensor_file& from,
                                                   std::size_t index);

/// Bytes of one value; 0 for `other`.
std::size_t size_of(value_type x) noexcept;

/// Bytes of all values; nothing where that is more than any file has.
std::optional<std::uint64_t> bytes_of(const tensor_info& x);

/// Reads exactly `size` bytes, which the file is known to have.
caf::expected<std::string> read_text_at(input_file& file,
                                        const std::string& path,
                                        std::uint64_t offset,
                                        std::uint64_t size);

} // namespace ganglion
