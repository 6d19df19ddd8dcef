// What an .npy file of float32 begins with; see numpy.lib.format. A pure
// function; the values follow, little-endian, row after row.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ganglion {

/// Magic, version 1.0, length, and a Python literal that ends at a multiple of
/// 64.
std::string npy_header(const std::vector<std::uint64_t>& shape);

} // namespace ganglion
