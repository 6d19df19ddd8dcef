// The list of layer kinds. A kind is a line here, NAME.cpp beside this file
// with its rule, and a pair of files with its arithmetic in actors/kernel.
// Archives keep a kind by its place: new ones go to the end.
#pragma once

#include <cstdint>

#include "metadata/text/declare_enum.hpp"

// clang-format off
#define GANGLION_LAYER_KINDS(kind)                                             \
  kind(input) /* what the engine gives */                                      \
  kind(dense) /* every neuron reads all inputs */                              \
  kind(sparse) /* neurons wired one by one */                                  \
  kind(norm) /* a row normalised, then scaled and shifted */                   \
  kind(pool) /* the largest of each few neurons */                             \
  kind(dropout) /* some values of a row left out while it trains */            \
  kind(embedding) /* what a token's number stands for, a coordinate each */    \
  kind(rms)   /* a row divided by its root mean square, then scaled */         \
  kind(attention) /* key-value groups of heads that look at earlier rows */    \
  kind(gated) /* a unit times the activation of its gate */                    \
  kind(residual) /* dense, added to a row that it passes on */
// clang-format on

namespace ganglion {

#define GANGLION_ENUMERATOR(name) name,
enum class layer_kind : std::uint8_t {
  GANGLION_LAYER_KINDS(GANGLION_ENUMERATOR)
};
#undef GANGLION_ENUMERATOR

GANGLION_DECLARE_ENUM(layer_kind)

} // namespace ganglion
