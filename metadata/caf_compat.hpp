// What differs between CAF 0.18.7 and 1.x, in one place. (CAF_VERSION is not
// to be trusted in 1.1.0, where it is 0100.)
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <caf/abstract_actor.hpp>
#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/attachable.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/byte_buffer.hpp>
#include <caf/byte_span.hpp>
#include <caf/config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/send.hpp>
#include <caf/span.hpp>

#if CAF_MAJOR_VERSION >= 1
#  include <caf/anon_mail.hpp>
#  include <caf/event_based_mail.hpp>
#  include <caf/scheduler.hpp>
#else
#  include <caf/execution_unit.hpp>
#endif

namespace ganglion {

/// Whoever runs an actor that has got a message.
#if CAF_MAJOR_VERSION >= 1
using caf_scheduler = caf::scheduler;
#else
using caf_scheduler = caf::execution_unit;
#endif

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
#if CAF_MAJOR_VERSION >= 1
  return caf::binary_serializer{buf};
#else
  return caf::binary_serializer{nullptr, buf};
#endif
}

/// Reads from `bytes`, without an actor system: no handles inside.
inline caf::binary_deserializer make_deserializer(caf::const_byte_span bytes) {
#if CAF_MAJOR_VERSION >= 1
  return caf::binary_deserializer{bytes};
#else
  return caf::binary_deserializer{nullptr, bytes};
#endif
}

/// The state of a stateful actor.
template <class Self>
auto& state_of(Self* self) {
#if CAF_MAJOR_VERSION >= 1
  return self->state();
#else
  return self->state;
#endif
}

/// Sends a message without waiting for anything.
template <class Self, class Handle, class... Ts>
void send_to(Self* self, const Handle& to, Ts&&... xs) {
#if CAF_MAJOR_VERSION >= 1
  self->mail(std::forward<Ts>(xs)...).send(to);
#else
  self->send(to, std::forward<Ts>(xs)...);
#endif
}

/// Sends one message to many, who share it: receivers must not take it by
/// mutable reference, or each copies it.
template <class Self, class Handles, class T>
void send_to_each(Self* self, const Handles& receivers, T x) {
  auto shared = caf::make_message(std::move(x));
  for (const auto& to : receivers)
    send_to(self, to, shared);
}

/// The same, in nobody's name: also from where there is no actor.
template <class Handle, class... Ts>
void post_to(const Handle& to, Ts&&... xs) {
#if CAF_MAJOR_VERSION >= 1
  caf::anon_mail(std::forward<Ts>(xs)...).send(to);
#else
  caf::anon_send(to, std::forward<Ts>(xs)...);
#endif
}

/// The same, after a while.
template <class Self, class Handle, class Duration, class... Ts>
void send_after(Self* self, const Handle& to, Duration delay, Ts&&... xs) {
#if CAF_MAJOR_VERSION >= 1
  self->mail(std::forward<Ts>(xs)...).delay(delay).send(to);
#else
  self->delayed_send(to, delay, std::forward<Ts>(xs)...);
#endif
}

/// Calls `f` once an actor is gone, on whatever thread it ends: `f` may do no
/// more than post messages, and must not keep either actor alive.
template <class Handle, class F>
void at_exit_of(const Handle& watched, F f) {
  caf::actor_cast<caf::abstract_actor*>(watched)->attach_functor(std::move(f));
}

/// Calls `f` with the reason once an actor has ended by itself, by a fault, in
/// the same way.
template <class Handle, class F>
void at_fault_of(const Handle& watched, F f) {
  at_exit_of(watched, [f = std::move(f)](const caf::error& why) mutable {
    if (why && why != caf::exit_reason::user_shutdown
        && why != caf::exit_reason::kill)
      f(why);
  });
}
/// Tells one actor to exit once another is gone; until then, or until this is
/// destroyed. CAF's own monitors stay with the watched actor in 1.x, and keep
/// the memory of who watches for as long as that one lives.
class exit_watch {
public:
  exit_watch() = default;

  template <class Self>
  exit_watch(const caf::actor& watched, Self* watcher)
    : watched_(caf::actor_cast<caf::actor_addr>(watched)), key_(watcher) {
    auto x = std::make_unique<observer>();
    x->key = watcher;
    x->watcher = caf::actor_cast<caf::actor_addr>(watcher);
    caf::actor_cast<caf::abstract_actor*>(watched)->attach(std::move(x));
  }

  exit_watch(exit_watch&& other) noexcept {
    swap(other);
  }

  exit_watch& operator=(exit_watch&& other) noexcept {
    swap(other);
    return *this;
  }

  ~exit_watch() {
    if (auto watched = caf::actor_cast<caf::actor>(watched_))
      caf::actor_cast<caf::abstract_actor*>(watched)->detach(token{key_});
  }

private:
  struct token {
    /// Of nobody else's: CAF counts its own from 0.
    static constexpr std::size_t token_type = 0x476E;
    const void* key = nullptr;
  };

  struct observer : caf::attachable {
    void actor_exited(const caf::error&, caf_scheduler*) override {
      if (auto x = caf::actor_cast<caf::actor>(watcher))
        caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    }

    bool matches(const caf::attachable::token& what) override {
      return what.subtype == exit_watch::token::token_type
             && static_cast<const exit_watch::token*>(what.ptr)->key == key;
    }

    const void* key = nullptr;
    caf::actor_addr watcher;
  };

  void swap(exit_watch& other) noexcept {
    std::swap(watched_, other.watched_);
    std::swap(key_, other.key_);
  }

  caf::actor_addr watched_;
  const void* key_ = nullptr;
};

/// Calls `f` with the reason when the actor is told to exit, instead of ending
/// it. 1.x would rather have a handler among the others, which 0.18 ignores.
template <class Self, class F>
void when_told_to_exit(Self* self, F f) {
#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
  self->set_exit_handler([f](const caf::exit_msg& x) { f(x.reason); });
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif
}

/// Sends a request; the result takes `.then(...)` and the like.
template <class Self, class Handle, class Duration, class... Ts>
auto request_from(Self* self, const Handle& to, Duration timeout, Ts&&... xs) {
#if CAF_MAJOR_VERSION >= 1
  return self->mail(std::forward<Ts>(xs)...).request(to, timeout);
#else
  return self->request(to, timeout, std::forward<Ts>(xs)...);
#endif
}

} // namespace ganglion
