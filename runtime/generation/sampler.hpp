// Chooses the next token by the network's scores of all of them: the best one,
// or one drawn. What is drawn follows from (seed, position) and the scores
// alone. A pure function.
#pragma once

#include <cstdint>
#include <span>

#include <caf/error.hpp>

#include "runtime/data/tokens/tokenizer.hpp"

namespace ganglion {

struct sampling_options {
  /// Scores are divided by it; 0: the best token, always.
  float temperature = 0;
  /// Only so many of the best are drawn from; 0: all.
  std::uint64_t top_k = 0;
  /// Only the best whose probabilities together reach it are drawn from.
  float top_p = 1;
  std::uint64_t seed = 1;
};

/// Errors: bad_argument naming what is out of range.
caf::error check(const sampling_options& x);

/// `scores` [tokens]; `position` that of the token that is chosen. Of equals,
/// the one with the smallest number comes first.
token_id sample(std::span<const float> scores, std::uint64_t position,
                const sampling_options& how);

} // namespace ganglion
