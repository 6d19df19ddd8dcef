// Asks an actor and waits for the answer: for programs that are not actors.
// Never for use inside one.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "metadata/caf_compat.hpp"

namespace ganglion {

/// The answer to a request that was sent with `request_from`.
template <class Answer, class Request>
caf::expected<Answer> await(Request&& request) {
  std::optional<Answer> answer;
  caf::error error;
  std::forward<Request>(request).receive(
    [&](Answer& x) { answer = std::move(x); },
    [&](caf::error& x) { error = std::move(x); });
  if (answer)
    return std::move(*answer);
  return error;
}

/// Sends a message and waits for the answer, for as long as the receiver takes:
/// engines answer everything within limits of their own.
template <class Answer, class Handle, class Message>
caf::expected<Answer> ask(caf::scoped_actor& self, const Handle& to,
                          Message message) {
  return await<Answer>(
    request_from(self.ptr(), to, caf::infinite, std::move(message)));
}

} // namespace ganglion
