#include "actors/outbox.hpp"

#include <algorithm>
#include <utility>

#include "metadata/caf_compat.hpp"

namespace ganglion {

namespace {

/// Small enough that an urgent message need not wait for long.
constexpr std::size_t chunk_size = std::size_t{1} << 18;

void append(caf::byte_buffer& buf, const void* data, std::size_t size) {
  auto first = static_cast<const caf_byte*>(data);
  buf.insert(buf.end(), first, first + size);
}

/// Appends `count` bytes of a tensor's values from byte `first` on.
void append_values(caf::byte_buffer& buf, const tensor& x, std::size_t first,
                   std::size_t count) {
  if (x.contiguous()) {
    append(buf, reinterpret_cast<const std::byte*>(x.data()) + first, count);
    return;
  }
  auto row_bytes = x.columns() * sizeof(float);
  while (count > 0) {
    auto offset = first % row_bytes;
    auto length = std::min(count, row_bytes - offset);
    auto row = x.row(first / row_bytes);
    append(buf, reinterpret_cast<const std::byte*>(row.data()) + offset,
           length);
    first += length;
    count -= length;
  }
}

} // namespace

void outbox::add(int rank, std::uint64_t sequence, entry x) {
  auto order = order_++;
  x.stream = static_cast<std::uint32_t>(order);
  entries_.emplace(key{rank, sequence, order}, std::move(x));
}

void outbox::add(frame_kind kind, caf::byte_buffer payload) {
  add(0, 0, {kind, 0, std::move(payload), {}, 0});
}

void outbox::add(const control_envelope& message) {
  add(1, 0, {frame_kind::control, 0, to_bytes(message), {}, 0});
}

void outbox::add(tensor_message message) {
  auto bytes = head_bytes(message);
  auto sequence = head_of(message).sequence;
  add(2, sequence,
      {frame_kind::tensor_head, 0, std::move(bytes),
       std::move(values_of(message)), 0});
}

void outbox::write_prefix(const entry& x, std::size_t length, bool last,
                          caf::byte_buffer& buf) {
  frame_prefix prefix;
  prefix.length = static_cast<std::uint32_t>(length);
  prefix.kind = x.kind;
  prefix.flags = last ? frame_last : 0;
  prefix.stream = x.stream;
  append(buf, &prefix, sizeof(prefix));
}

bool outbox::write_bytes(entry& x, caf::byte_buffer& buf) {
  auto length = std::min(chunk_size, x.bytes.size() - x.done);
  auto last = x.done + length == x.bytes.size();
  write_prefix(x, length, last, buf);
  append(buf, x.bytes.data() + x.done, length);
  x.done += length;
  return last;
}

bool outbox::write_values(entry& x, caf::byte_buffer& buf) {
  auto total = x.values.size() * sizeof(float);
  auto length = std::min(chunk_size, total - x.done);
  auto last = x.done + length == total;
  write_prefix(x, length, last, buf);
  append_values(buf, x.values, x.done, length);
  x.done += length;
  return last;
}

bool outbox::write_frame(caf::byte_buffer& buf) {
  if (entries_.empty())
    return false;
  auto i = entries_.begin();
  auto& x = i->second;
  if (x.kind == frame_kind::tensor_data) {
    if (write_values(x, buf))
      entries_.erase(i);
  } else if (write_bytes(x, buf)) {
    if (x.kind == frame_kind::tensor_head) {
      x.kind = frame_kind::tensor_data;
      x.done = 0;
    } else {
      entries_.erase(i);
    }
  }
  return true;
}

} // namespace ganglion
