// How a program has an engine go on with a text, or rate one: part of its typed
// interface. A text is a list of tokens, whatever they stand for. Plain values.
#pragma once

#include <cstdint>
#include <vector>

#include <caf/actor.hpp>

#include "metadata/fields.hpp"
#include "metadata/text/declare_enum.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

using token_id = std::uint32_t;

/// How the next token is chosen by the scores of all.
struct sampling_options {
  /// Scores are divided by it; 0: the best token, always.
  float temperature = 0;
  /// Only so many of the best are drawn from; 0: all.
  std::uint64_t top_k = 0;
  /// Only the best whose probabilities together reach it are drawn from.
  float top_p = 1;
  std::uint64_t seed = 1;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"temperature", self.temperature},
                 field{"top_k", self.top_k}, field{"top_p", self.top_p},
                 field{"seed", self.seed});
  }
};

/// Goes on with a text. Answered by `generated`, at its end; several texts are
/// under way side by side. Errors: bad_argument for a network that reads no
/// tokens, an empty prompt, tokens that there are not, a prompt longer than the
/// longest sequence, or what is out of range; busy where too many texts are
/// under way, or one of this number.
struct generate_tokens {
  /// What the sender calls it.
  std::uint64_t id = 0;
  /// At least one token.
  std::vector<token_id> prompt;
  sampling_options sampling;
  /// Tokens at the most, the prompt's not counted.
  std::uint64_t tokens = 128;
  /// Ends the text where it is chosen; it is not told of. Negative: none.
  std::int64_t last_token = -1;
  /// Positions of the prompt that are read at once, 1 or more.
  std::uint64_t chunk = 64;
  /// Positions of the longest sequence; 0: as many as the network knows.
  std::uint64_t positions = 0;
  /// Whether to go on beyond that: all but the last half is forgotten then, and
  /// read again from position 0 on.
  bool slides = false;
  /// Is sent a `token_chosen` for each token as it comes, in order, before the
  /// answer. Once it is gone, the text is stopped. May be null.
  caf::actor told;
  /// Whether it is sent the scores of what is read, too (`tokens_read`).
  bool tells_scores = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"id", self.id}, field{"prompt", self.prompt},
                 field{"sampling", self.sampling}, field{"tokens", self.tokens},
                 field{"last_token", self.last_token},
                 field{"chunk", self.chunk}, field{"positions", self.positions},
                 field{"slides", self.slides}, field{"told", self.told},
                 field{"tells_scores", self.tells_scores});
  }
};

struct token_chosen {
  std::uint64_t id = 0;
  /// In the sequence, the prompt's tokens counted.
  std::uint64_t position = 0;
  token_id token = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"id", self.id}, field{"position", self.position},
                 field{"token", self.token});
  }
};

/// Scores [rows x tokens] of what follows the positions from `first` on. They
/// come again, from 0 on, where the network had to read again.
struct tokens_read {
  std::uint64_t id = 0;
  std::uint64_t first = 0;
  tensor scores;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"id", self.id}, field{"first", self.first},
                 field{"scores", self.scores});
  }
};

/// Why a text ended.
enum class text_end : std::uint8_t {
  /// It has as many tokens as were asked for, or as there are positions.
  full,
  /// The last token was chosen.
  last_token,
  /// Somebody stopped it.
  stopped,
};

GANGLION_DECLARE_ENUM(text_end)

struct generated {
  std::uint64_t id = 0;
  std::vector<token_id> tokens;
  text_end end = text_end::full;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"id", self.id}, field{"tokens", self.tokens},
                 field{"end", self.end});
  }
};

/// Ends the text of this number, if it is under way: what there is of it is the
/// answer to who asked for it.
struct stop_generating {
  std::uint64_t id = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"id", self.id});
  }
};

/// Asks how likely each token of a text is after those before it. Answered by
/// `token_scores`. Errors: those of generate_tokens.
struct score_tokens {
  /// At least two tokens.
  std::vector<token_id> tokens;
  /// Positions that are read at once, 1 or more.
  std::uint64_t chunk = 256;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"tokens", self.tokens}, field{"chunk", self.chunk});
  }
};

struct token_scores {
  /// Natural logarithms of the probabilities of all tokens but the first.
  std::vector<double> log_probabilities;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"log_probabilities", self.log_probabilities});
  }
};

} // namespace ganglion
