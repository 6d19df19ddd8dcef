// Reads data sets in the IDX format of MNIST, plain or compressed with gzip:
// two zero bytes, an element type, the number of dimensions, the dimensions and
// the elements, all big-endian. Pure functions of the files; memory grows with
// what a file holds, never with what its header announces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/data/dataset.hpp"

namespace ganglion {

/// What one file holds.
struct idx_array {
  /// At least one; none is 0.
  std::vector<std::uint32_t> dimensions;
  /// [first dimension x product of the others]; finite.
  tensor values;
};

/// Elements that are bytes are divided by `byte_unit`. Errors: the file is
/// missing, is no IDX file, holds another type than ubyte or float32, holds
/// fewer or more bytes than its header announces, holds nothing, holds NaN or
/// infinity, or is a damaged gzip file.
caf::expected<idx_array> read_idx(const std::string& path,
                                  float byte_unit = 1.0f);

/// Samples from one file and their labels from another. Bytes of samples become
/// byte / 255; labels are whole numbers from 0. `classes` is how many classes
/// there are; 0 takes the largest label plus one. The name of the result is
/// that of the file of samples. Errors: those of `read_idx`, samples without
/// features, labels with more than one dimension, different numbers of samples
/// and labels, or a label out of range.
caf::expected<dataset> read_idx_pair(const std::string& samples,
                                     const std::string& labels,
                                     std::uint64_t classes = 0);

} // namespace ganglion
