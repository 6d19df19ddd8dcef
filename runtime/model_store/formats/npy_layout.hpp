// Values of an .npy that do not lie as the others do: with the bytes of a
// number the other way round, or column after column. For npz_file.cpp; for one
// thread.
#pragma once

#include <memory>

#include <caf/expected.hpp>

#include "runtime/model_store/formats/tensor_file.hpp"

namespace ganglion {

struct npy_layout {
  /// The most significant byte of a value comes first.
  bool big_endian = false;
  /// Fortran's order: the first index runs fastest.
  bool by_columns = false;
};

/// The values of an array as all others have them: little-endian, row after
/// row. Holds the whole array. Errors: those of reading.
caf::expected<std::unique_ptr<byte_stream>>
rearranged(std::unique_ptr<byte_stream> from, const tensor_info& what,
           npy_layout layout);

} // namespace ganglion
