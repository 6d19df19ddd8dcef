// What an engine knows of texts that it reads and goes on with: plain data of
// engine_state, for this folder alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <caf/error.hpp>
#include <caf/typed_response_promise.hpp>

#include "metadata/messages/generation_messages.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// Tokens that the network reads, in the conversation of a number.
struct engine_reading {
  std::vector<token_id> tokens;
  /// Positions that are read at once.
  std::uint64_t chunk = 1;
  std::uint64_t conversation = 0;
  /// So many at the front are forgotten; of the others, it has read so many;
  /// and the scores after the last of these.
  std::uint64_t forgotten = 0;
  std::uint64_t read = 0;
  tensor last;
  /// Why it cannot go on: its deployment has ended.
  caf::error over;
  /// Whether nobody wants to know any more; set on other threads, too.
  std::shared_ptr<std::atomic<bool>> stopped
    = std::make_shared<std::atomic<bool>>(false);
  /// Is given scores as they come.
  std::function<void(std::uint64_t first, const tensor& scores)> seen;
  /// Once it has read all, or with an error; `cancelled` where it was stopped.
  std::function<void(const std::shared_ptr<engine_reading>&, const caf::error&)>
    done;
};

/// A text that is gone on with.
struct engine_text {
  generate_tokens what;
  caf::typed_response_promise<generated> answer;
  /// Tokens, the prompt's counted, with which it ends, and positions of the
  /// longest sequence.
  std::uint64_t most = 0;
  std::uint64_t positions = 0;
  /// The reading's.
  std::shared_ptr<std::atomic<bool>> stopped;
};

} // namespace ganglion
