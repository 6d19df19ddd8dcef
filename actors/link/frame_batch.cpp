#include "actors/link/frame_batch.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "metadata/caf_compat.hpp"

namespace ganglion {

namespace {

/// Shorter rows are copied together: one reference each would cost more.
constexpr std::size_t shortest_row = 1024;

/// Bytes of a tensor whose rows are apart from each other.
caf::byte_buffer gather(const tensor& x, std::size_t first, std::size_t count) {
  caf::byte_buffer result(count);
  auto to = result.data();
  auto row_bytes = x.columns() * sizeof(float);
  while (count > 0) {
    auto offset = first % row_bytes;
    auto length = std::min(count, row_bytes - offset);
    auto row = x.row(first / row_bytes).data();
    std::memcpy(to, reinterpret_cast<const std::byte*>(row) + offset, length);
    to += length;
    first += length;
    count -= length;
  }
  return result;
}

} // namespace

void frame_batch::add(std::span<const std::byte> bytes) {
  if (bytes.empty())
    return;
  pieces_.push_back({const_cast<std::byte*>(bytes.data()), bytes.size()});
  size_ += bytes.size();
}

void frame_batch::add(const frame_prefix& prefix) {
  prefixes_.push_back(prefix);
  add(std::as_bytes(std::span{&prefixes_.back(), 1}));
}

void frame_batch::add(caf::byte_buffer bytes) {
  buffers_.push_back(std::move(bytes));
  const auto& kept = buffers_.back();
  add({reinterpret_cast<const std::byte*>(kept.data()), kept.size()});
}

void frame_batch::add(const tensor& values, std::size_t first,
                      std::size_t count) {
  auto row_bytes = values.columns() * sizeof(float);
  if (!values.contiguous() && row_bytes < shortest_row)
    return add(gather(values, first, count));
  tensors_.push_back(values);
  if (values.contiguous()) {
    auto all = reinterpret_cast<const std::byte*>(values.data());
    return add(std::span{all + first, count});
  }
  while (count > 0) {
    auto offset = first % row_bytes;
    auto length = std::min(count, row_bytes - offset);
    add(std::as_bytes(values.row(first / row_bytes)).subspan(offset, length));
    first += length;
    count -= length;
  }
}

void frame_batch::advance(std::size_t count) {
  size_ -= count;
  while (count > 0) {
    auto& piece = pieces_[next_];
    auto part = std::min(count, piece.iov_len);
    piece.iov_base = static_cast<std::byte*>(piece.iov_base) + part;
    piece.iov_len -= part;
    count -= part;
    if (piece.iov_len == 0)
      ++next_;
  }
  if (done())
    clear();
}

void frame_batch::clear() {
  prefixes_.clear();
  pieces_.clear();
  tensors_.clear();
  buffers_.clear();
  next_ = 0;
  size_ = 0;
}

} // namespace ganglion
