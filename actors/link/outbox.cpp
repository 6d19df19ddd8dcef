#include "actors/link/outbox.hpp"

#include <algorithm>
#include <utility>

namespace ganglion {

namespace {

/// Small enough that an urgent message need not wait for long.
constexpr std::size_t chunk_size = std::size_t{1} << 18;

} // namespace

void outbox::add(int rank, std::uint64_t sequence, entry x) {
  auto order = order_++;
  x.stream = static_cast<std::uint32_t>(order);
  size_ += x.bytes.size() + x.values.size() * sizeof(float);
  if (x.kind == frame_kind::control)
    controls_ += x.bytes.size();
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

void outbox::begin_frame(const entry& x, std::size_t length, bool last,
                         frame_batch& to) {
  frame_prefix prefix;
  prefix.length = static_cast<std::uint32_t>(length);
  prefix.kind = x.kind;
  prefix.flags = last ? frame_last : 0;
  prefix.stream = x.stream;
  to.add(prefix);
}

bool outbox::take_bytes(entry& x, frame_batch& to) {
  auto length = std::min(chunk_size, x.bytes.size() - x.done);
  auto last = x.done + length == x.bytes.size();
  begin_frame(x, length, last, to);
  size_ -= length;
  if (x.kind == frame_kind::control)
    controls_ -= length;
  if (last && x.done == 0) {
    to.add(std::exchange(x.bytes, {}));
    return true;
  }
  // The entry may go before the batch is sent.
  auto first = x.bytes.begin() + static_cast<std::ptrdiff_t>(x.done);
  to.add(caf::byte_buffer(first, first + static_cast<std::ptrdiff_t>(length)));
  x.done += length;
  return last;
}

bool outbox::take_values(entry& x, frame_batch& to) {
  auto total = x.values.size() * sizeof(float);
  auto length = std::min(chunk_size, total - x.done);
  auto last = x.done + length == total;
  begin_frame(x, length, last, to);
  size_ -= length;
  to.add(x.values, x.done, length);
  x.done += length;
  return last;
}

bool outbox::take_frame(frame_batch& to) {
  if (entries_.empty())
    return false;
  auto i = entries_.begin();
  auto& x = i->second;
  if (x.kind == frame_kind::tensor_data) {
    if (take_values(x, to))
      entries_.erase(i);
  } else if (take_bytes(x, to)) {
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
