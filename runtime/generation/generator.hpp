// Goes on with a text on an engine, for a thread that is no actor: it blocks,
// and is told of tokens as they come. Actors send the engine `generate_tokens`.
#pragma once

#include <cstdint>
#include <functional>

#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "runtime/engine/engine.hpp"

namespace ganglion {

struct generation_listener {
  /// Is told of each token that was chosen; false ends the text.
  std::function<bool(token_id)> chosen;
  /// Is asked now and then, also while a long prompt is read; false ends the
  /// text. May be left out.
  std::function<bool()> goes_on;
  /// Is told of the scores [rows x tokens] of positions from `first` on, where
  /// it is there; again where they had to be read again.
  std::function<void(std::uint64_t first, const tensor& scores)> read;
};

/// What follows the prompt; of a text that the listener ended, up to the token
/// with which it did. `what` need not say who is told. Errors: those of
/// generate_tokens.
caf::expected<generated> generate(caf::scoped_actor& self,
                                  const engine_actor& engine,
                                  generate_tokens what,
                                  const generation_listener& told);

} // namespace ganglion
