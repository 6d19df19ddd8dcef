// What the writers of safetensors and .npz share: the values of one array of a
// commit, read piece by piece. For export.cpp and export_npz.cpp only; for one
// thread.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include <caf/error.hpp>

#include "runtime/model_store/exchange/export.hpp"
#include "runtime/model_store/exchange/tensor_plan.hpp"

namespace ganglion {

/// Takes the next bytes: little-endian float32, row after row.
using byte_sink = std::function<caf::error(std::span<const std::byte>)>;

/// Of an array's values.
std::uint64_t bytes_of(const network& net, const planned_tensor& x);

/// Gives all values of an array to `to`. Errors: those of reading and of `to`.
caf::error read_values(const export_source& from, const planned_tensor& x,
                       const byte_sink& to);

/// Writes a whole .npz.
caf::error write_npz(const export_source& from, new_file& out);

} // namespace ganglion
