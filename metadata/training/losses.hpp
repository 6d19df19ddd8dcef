// The list of losses. One is a line here, and a file named after it in
// actors/kernel/losses. Archives keep a loss by its place: new ones go to the
// end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/text/declare_enum.hpp"

/// Name; the word for it; whether it is for classes alone: it takes the outputs
/// for scores of classes, and no values as targets.
// clang-format off
#define GANGLION_LOSSES(loss)                                                  \
  loss(mean_squared_error, "mse", false)                                       \
  loss(cross_entropy, "cross-entropy", true)                                   \
  loss(mean_absolute_error, "mae", false)                                      \
  loss(huber, "huber", false)
// clang-format on

namespace ganglion {

#define GANGLION_ENUMERATOR(name, word, classes) name,
enum class loss_kind : std::uint8_t { GANGLION_LOSSES(GANGLION_ENUMERATOR) };
#undef GANGLION_ENUMERATOR

GANGLION_DECLARE_ENUM(loss_kind)

/// "mse", "cross-entropy" and the like; the error lists what is known.
caf::expected<loss_kind> parse_loss(std::string_view text);

#define GANGLION_LOSS_WORD(name, word, classes) word " "
/// All words, a space after each, as a literal.
#define GANGLION_LOSS_WORDS GANGLION_LOSSES(GANGLION_LOSS_WORD)

/// "mse, cross-entropy, ..."; of those that learn values alone, where asked.
std::string loss_words(bool for_values = false);

/// Whether it is for classes alone: the network's outputs are scores, whose
/// softmax is probabilities.
bool is_for_classes(loss_kind kind) noexcept;

/// The loss itself, or, where values are to be learned and it is for classes
/// alone, the usual one of values.
loss_kind loss_for_values(loss_kind kind) noexcept;

} // namespace ganglion
