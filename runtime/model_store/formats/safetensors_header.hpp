// The header of a safetensors file: which arrays there are, and where. Read in
// one pass, in time and memory in proportion to the text, whatever it says; and
// written. Pure functions on texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/formats/tensor_file.hpp"

namespace ganglion {

struct safetensors_entry {
  tensor_info info;
  /// From the start of the values on; one past the last byte.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// The entries in order of their names, numbers in them taken as numbers.
/// `path` is for messages, `room` the bytes that the file has for values.
/// Errors: bad_model.
caf::expected<std::vector<safetensors_entry>>
parse_safetensors_header(const std::string& path, std::string_view text,
                         std::uint64_t room);

/// An array of float32 that is to be written.
struct safetensors_array {
  std::string name;
  std::vector<std::uint64_t> shape;
};

/// What a file begins with whose values follow in this order. `notes`: names
/// and what they say, for people.
std::string make_safetensors_header(
  const std::vector<safetensors_array>& arrays,
  const std::vector<std::pair<std::string, std::string>>& notes);

} // namespace ganglion
