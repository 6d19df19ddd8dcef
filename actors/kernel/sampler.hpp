// Chooses the next token by the network's scores of all of them: the best one,
// or one drawn. What is drawn follows from (seed, position) and the scores
// alone. A pure function.
#pragma once

#include <cstdint>
#include <span>

#include <caf/error.hpp>

#include "metadata/messages/generation_messages.hpp"

namespace ganglion {

/// Errors: bad_argument naming what is out of range.
caf::error check(const sampling_options& x);

/// `scores` [tokens]; `position` that of the token that is chosen. Of equals,
/// the one with the smallest number comes first.
token_id sample(std::span<const float> scores, std::uint64_t position,
                const sampling_options& how);

/// The natural logarithm of the probability of a token that there is.
double log_probability(std::span<const float> scores, token_id token);

} // namespace ganglion
