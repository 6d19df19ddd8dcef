// How CAF's inspectors see a tensor: rows, columns, then the values as runs of
// bytes in the machine's (little-endian) order; text formats get a list of
// numbers. Included by tensor.hpp.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>

#include <caf/sec.hpp>

#include "metadata/caf_compat.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

static_assert(std::endian::native == std::endian::little,
              "tensors travel in little-endian order");

namespace detail {

/// Whether so many values can be there, where the source can say so.
template <class Inspector>
bool has_room(Inspector& f, std::uint64_t rows, std::uint64_t columns) {
  constexpr std::uint64_t limit = std::numeric_limits<std::uint32_t>::max();
  if (rows > limit || columns > limit)
    return false;
  if constexpr (requires { f.remaining(); })
    return f.remaining() / sizeof(float) >= rows * columns;
  else
    return rows * columns <= limit;
}

template <class Inspector>
bool save_values(Inspector& f, const tensor& x) {
  auto runs = x.contiguous() ? std::size_t{1} : x.rows();
  auto length = x.size() / std::max<std::size_t>(runs, 1) * sizeof(float);
  for (std::size_t i = 0; length > 0 && i < runs; ++i)
    if (!f.value(const_byte_span(x.row(i).data(), length)))
      return false;
  return true;
}

template <class Inspector>
bool inspect_as_bytes(Inspector& f, tensor& x) {
  auto rows = static_cast<std::uint64_t>(x.rows());
  auto columns = static_cast<std::uint64_t>(x.columns());
  if (!f.object(x).fields(f.field("rows", rows), f.field("columns", columns)))
    return false;
  if constexpr (Inspector::is_loading) {
    if (!has_room(f, rows, columns)) {
      // Without an error, CAF takes a failed load for a success here and there.
      f.emplace_error(caf::sec::end_of_stream);
      return false;
    }
    matrix values{rows, columns};
    auto bytes = values.size() * sizeof(float);
    if (bytes > 0 && !f.value(byte_span(values.data(), bytes)))
      return false;
    x = std::move(values).freeze();
    return true;
  } else {
    return save_values(f, x);
  }
}

template <class Inspector>
bool inspect_as_numbers(Inspector& f, tensor& x) {
  auto rows = static_cast<std::uint64_t>(x.rows());
  auto columns = static_cast<std::uint64_t>(x.columns());
  auto values = x.to_vector();
  if (!f.object(x).fields(f.field("rows", rows), f.field("columns", columns),
                          f.field("values", values)))
    return false;
  if constexpr (Inspector::is_loading) {
    if (columns != 0
        && (values.size() % columns != 0 || values.size() / columns != rows)) {
      f.emplace_error(caf::sec::invalid_argument);
      return false;
    }
    x = tensor::copy_of(values, rows, columns);
  }
  return true;
}

} // namespace detail

template <class Inspector>
bool inspect(Inspector& f, tensor& x) {
  if (f.has_human_readable_format())
    return detail::inspect_as_numbers(f, x);
  return detail::inspect_as_bytes(f, x);
}

} // namespace ganglion
