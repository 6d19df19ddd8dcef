// The list of activation functions. One is a line here, and a file named after
// it in actors/kernel/activations. Archives keep a function by its place: new
// ones go to the end.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/text/declare_enum.hpp"

/// Name; whether about half of what comes in is let through, as initial weights
/// have to know.
// clang-format off
#define GANGLION_ACTIVATIONS(activation)                                       \
  activation(identity, false)                                                  \
  activation(relu, true)                                                       \
  activation(sigmoid, false)                                                   \
  activation(tanh, false)                                                      \
  activation(gelu, true)                                                       \
  activation(silu, true)                                                       \
  activation(gelu_tanh, true)
// clang-format on

namespace ganglion {

#define GANGLION_ENUMERATOR(name, rectified) name,
enum class activation_kind : std::uint8_t {
  GANGLION_ACTIVATIONS(GANGLION_ENUMERATOR)
};
#undef GANGLION_ENUMERATOR

GANGLION_DECLARE_ENUM(activation_kind)

#define GANGLION_ACTIVATION_WORD(name, rectified) #name " "
/// All names, a space after each, as a literal.
#define GANGLION_ACTIVATION_WORDS GANGLION_ACTIVATIONS(GANGLION_ACTIVATION_WORD)

/// Parses "relu" and the like; the error lists what is known.
caf::expected<activation_kind> parse_activation(std::string_view text);

/// All of the list, in its order.
std::span<const activation_kind> all_activations() noexcept;

/// See the list.
bool is_rectified(activation_kind kind) noexcept;

} // namespace ganglion
