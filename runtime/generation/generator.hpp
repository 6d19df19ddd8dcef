// Goes on with a text, token by token, on an engine with a language model: rows
// of an inference are positions, and what earlier ones left is kept where the
// heads live. Blocks; for one thread that is no actor.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "metadata/network/network.hpp"
#include "runtime/engine/engine.hpp"
#include "runtime/generation/sampler.hpp"

namespace ganglion {

struct generation_options {
  sampling_options sampling;
  /// Tokens at the most, the prompt's not counted.
  std::uint64_t tokens = 128;
  /// Ends the text where it is chosen; it is not told of. Negative: none.
  std::int64_t last_token = -1;
  /// Positions of the prompt that are read at once.
  std::uint64_t chunk = 64;
  /// Which of the conversations of the deployment this is.
  std::uint32_t conversation = 1;
  /// Positions of the longest sequence; 0: as many as there are.
  std::uint64_t positions = 0;
  /// Whether to go on beyond that: all but the last half is forgotten then, and
  /// read again from position 0 on.
  bool slides = false;
};

struct generation_listener {
  /// Is told of each token that was chosen; false ends the text.
  std::function<bool(token_id)> chosen;
  /// Is told of the scores [rows x tokens] of positions from `first` on, where
  /// it is there; again where they had to be read again.
  std::function<void(std::uint64_t first, const tensor& scores)> read;
};

/// The tokens that follow the prompt, which has at least one. Errors:
/// bad_argument for a network that reads no tokens, an empty prompt, tokens
/// that there are not, or a prompt longer than the longest sequence; those of
/// the engine.
caf::expected<std::vector<token_id>>
generate(caf::scoped_actor& self, const engine_actor& engine,
         const network& net, const std::vector<token_id>& prompt,
         const generation_options& how, const generation_listener& told);

} // namespace ganglion
