// What differs between CAF 0.18.7 and 1.x, in one place.
#pragma once

#include <cstddef>
#include <utility>

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/byte_buffer.hpp>
#include <caf/byte_span.hpp>
#include <caf/config.hpp>
#include <caf/span.hpp>

#if CAF_VERSION >= 10000
#  include <caf/anon_mail.hpp>
#else
#  include <caf/send.hpp>
#endif

namespace ganglion {

/// CAF's idea of a byte: its own type in 0.18, std::byte in 1.x.
using caf_byte = caf::byte_span::value_type;

/// A run of bytes as CAF's serializers take it.
inline caf::const_byte_span const_byte_span(const void* data,
                                            std::size_t size) {
  return {static_cast<const caf_byte*>(data), size};
}

/// A run of bytes as CAF's deserializers fill it.
inline caf::byte_span byte_span(void* data, std::size_t size) {
  return {static_cast<caf_byte*>(data), size};
}

/// Writes to `buf`, without an actor system: no handles inside.
inline caf::binary_serializer make_serializer(caf::byte_buffer& buf) {
#if CAF_VERSION >= 10000
  return caf::binary_serializer{buf};
#else
  return caf::binary_serializer{nullptr, buf};
#endif
}

/// Reads from `bytes`, without an actor system: no handles inside.
inline caf::binary_deserializer make_deserializer(caf::const_byte_span bytes) {
#if CAF_VERSION >= 10000
  return caf::binary_deserializer{bytes};
#else
  return caf::binary_deserializer{nullptr, bytes};
#endif
}

/// Sends a message without waiting for anything.
template <class Self, class Handle, class... Ts>
void send_to(Self* self, const Handle& to, Ts&&... xs) {
#if CAF_VERSION >= 10000
  self->mail(std::forward<Ts>(xs)...).send(to);
#else
  self->send(to, std::forward<Ts>(xs)...);
#endif
}

/// The same, in nobody's name: also from where there is no actor.
template <class Handle, class... Ts>
void post_to(const Handle& to, Ts&&... xs) {
#if CAF_VERSION >= 10000
  caf::anon_mail(std::forward<Ts>(xs)...).send(to);
#else
  caf::anon_send(to, std::forward<Ts>(xs)...);
#endif
}

/// The same, after a while.
template <class Self, class Handle, class Duration, class... Ts>
void send_after(Self* self, const Handle& to, Duration delay, Ts&&... xs) {
#if CAF_VERSION >= 10000
  self->mail(std::forward<Ts>(xs)...).delay(delay).send(to);
#else
  self->delayed_send(to, delay, std::forward<Ts>(xs)...);
#endif
}

/// Calls `f` once an actor is gone: for actors that watch only one.
template <class Self, class Handle, class F>
void when_gone(Self* self, const Handle& watched, F f) {
#if CAF_VERSION >= 10000
  self->monitor(watched, [f](const caf::error&) { f(); });
#else
  self->monitor(watched);
  self->set_down_handler([f](const caf::down_msg&) { f(); });
#endif
}

/// Sends a request; the result takes `.then(...)` and the like.
template <class Self, class Handle, class Duration, class... Ts>
auto request_from(Self* self, const Handle& to, Duration timeout, Ts&&... xs) {
#if CAF_VERSION >= 10000
  return self->mail(std::forward<Ts>(xs)...).request(to, timeout);
#else
  return self->request(to, timeout, std::forward<Ts>(xs)...);
#endif
}

} // namespace ganglion
