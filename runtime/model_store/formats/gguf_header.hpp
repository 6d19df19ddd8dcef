// What a GGUF file begins with: its metadata, and which arrays there are, and
// where (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2
// and 3). All sizes are checked against the file's before memory is taken for
// them. Plain values and a function that reads; for one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/formats/gguf_metadata.hpp"
#include "runtime/model_store/formats/quantised_blocks.hpp"
#include "runtime/model_store/formats/tensor_file.hpp"

namespace ganglion {

struct gguf_entry {
  /// With the outermost extent first, as everywhere else: the file has them the
  /// other way round. Quantised values are float32 to whoever reads them.
  tensor_info info;
  const gguf_type* type = nullptr;
  /// From the start of the values on, and their bytes in the file.
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
};

struct gguf_header {
  gguf_metadata metadata;
  /// In the order of the file.
  std::vector<gguf_entry> entries;
  /// Where the values begin.
  std::uint64_t data = 0;
};

/// Errors: bad_model naming the file, and the offset, the key or the tensor
/// that is amiss, or of a type that is not read; system.
caf::expected<gguf_header> read_gguf_header(input_file& file,
                                            const std::string& path);

} // namespace ganglion
