// The header of a safetensors file: which arrays there are, and where. Read in
// one pass, in time and memory in proportion to the text, whatever it says. A
// pure function on texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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

} // namespace ganglion
