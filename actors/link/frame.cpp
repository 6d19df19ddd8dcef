#include "actors/link/frame.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

caf::error frame_reader::feed(std::span<const std::byte> bytes,
                              frame_sink& sink) {
  while (!bytes.empty()) {
    caf::error err;
    if (prefix_read_ < sizeof(prefix_))
      err = read_prefix(bytes, sink);
    else if (prefix_.kind == frame_kind::tensor_data)
      err = read_tensor(bytes, sink);
    else
      err = read_payload(bytes, sink);
    if (err)
      return err;
    if (prefix_read_ == sizeof(prefix_) && payload_left_ == 0)
      prefix_read_ = 0;
  }
  return {};
}

std::span<std::byte> frame_reader::room(frame_sink& sink) const {
  if (prefix_read_ < sizeof(prefix_) || payload_left_ == 0
      || prefix_.kind != frame_kind::tensor_data)
    return {};
  return sink.tensor_room(prefix_, payload_left_);
}

caf::error frame_reader::filled(std::size_t count, frame_sink& sink) {
  payload_left_ -= count;
  auto prefix = prefix_;
  if (payload_left_ == 0)
    prefix_read_ = 0;
  return sink.on_tensor_filled(prefix, count);
}

caf::error frame_reader::check_prefix() const {
  auto kind = static_cast<unsigned>(prefix_.kind);
  auto last = trusted_ ? frame_kind::tensor_data : frame_kind::refuse;
  if (kind < static_cast<unsigned>(frame_kind::hello)
      || kind > static_cast<unsigned>(last) || prefix_.reserved != 0)
    return make_failure(errc::protocol,
                        fmt::format("not a peer of ours: it sent a frame of "
                                    "kind {}",
                                    kind));
  auto limit = trusted_ ? max_frame_payload : max_handshake_payload;
  if (prefix_.length > limit)
    return make_failure(errc::protocol,
                        fmt::format("a frame of {} bytes, where at most {} are "
                                    "allowed",
                                    prefix_.length, limit));
  return {};
}

caf::error frame_reader::read_prefix(std::span<const std::byte>& bytes,
                                     frame_sink& sink) {
  auto count = std::min(bytes.size(), sizeof(prefix_) - prefix_read_);
  std::memcpy(reinterpret_cast<std::byte*>(&prefix_) + prefix_read_,
              bytes.data(), count);
  prefix_read_ += count;
  bytes = bytes.subspan(count);
  if (prefix_read_ < sizeof(prefix_))
    return {};
  payload_left_ = prefix_.length;
  if (auto err = check_prefix())
    return err;
  if (payload_left_ == 0 && prefix_.kind != frame_kind::tensor_data)
    return sink.on_frame(prefix_, {});
  return {};
}

caf::error frame_reader::read_payload(std::span<const std::byte>& bytes,
                                      frame_sink& sink) {
  auto count = std::min(bytes.size(), payload_left_);
  auto piece = bytes.first(count);
  bytes = bytes.subspan(count);
  payload_left_ -= count;
  if (payload_left_ == 0 && partial_.empty())
    return sink.on_frame(prefix_, piece);
  partial_.insert(partial_.end(), piece.begin(), piece.end());
  if (payload_left_ > 0)
    return {};
  auto err = sink.on_frame(prefix_, partial_);
  partial_.clear();
  return err;
}

caf::error frame_reader::read_tensor(std::span<const std::byte>& bytes,
                                     frame_sink& sink) {
  auto count = std::min(bytes.size(), payload_left_);
  auto piece = bytes.first(count);
  bytes = bytes.subspan(count);
  payload_left_ -= count;
  return sink.on_tensor_bytes(prefix_, piece);
}

} // namespace ganglion
