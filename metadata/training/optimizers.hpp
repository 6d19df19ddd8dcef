// The list of optimizers. One is a line here, and a file named after it in
// actors/kernel/optimizers. Archives keep an optimizer by its place: new ones
// go to the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/text/declare_enum.hpp"

/// Name; floats that it keeps for each parameter, beside it; the learning rate
/// and the weight decay where nobody chooses one.
// clang-format off
#define GANGLION_OPTIMIZERS(optimizer)                                         \
  optimizer(sgd, 0, 0.1f, 0.0f)                                                \
  optimizer(momentum, 1, 0.01f, 0.0f)                                          \
  optimizer(adam, 2, 0.001f, 0.0f)                                             \
  optimizer(adamw, 2, 0.001f, 0.01f)                                           \
  optimizer(lion, 1, 0.0001f, 0.0f)
// clang-format on

namespace ganglion {

#define GANGLION_ENUMERATOR(name, arrays, rate, decay) name,
enum class optimizer_kind : std::uint8_t {
  GANGLION_OPTIMIZERS(GANGLION_ENUMERATOR)
};
#undef GANGLION_ENUMERATOR

GANGLION_DECLARE_ENUM(optimizer_kind)

/// "sgd", "adam" and the like; the error lists what is known.
caf::expected<optimizer_kind> parse_optimizer(std::string_view text);

#define GANGLION_OPTIMIZER_WORD(name, arrays, rate, decay) #name " "
/// All names, a space after each, as a literal.
#define GANGLION_OPTIMIZER_WORDS GANGLION_OPTIMIZERS(GANGLION_OPTIMIZER_WORD)

/// "sgd, momentum, ...".
std::string optimizer_names();

/// "0.1 for sgd, 0.01 for momentum, ...".
std::string usual_rates();

/// The learning rate where nobody chooses one.
float usual_rate(optimizer_kind kind) noexcept;

/// The weight decay where nobody chooses one.
float usual_decay(optimizer_kind kind) noexcept;

/// Floats that an optimizer keeps for each parameter, beside it.
std::size_t state_arrays(optimizer_kind kind) noexcept;

/// Of any of them.
constexpr std::size_t max_state_arrays = 2;

} // namespace ganglion
