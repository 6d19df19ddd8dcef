// Which instruction set the kernels compute with: the best that the processor
// has, unless GANGLION_ISA in the environment says less. Bits are the same with
// each; only speed differs. Set once, before other threads compute.
#pragma once

#include <string>
#include <string_view>

#include <caf/error.hpp>

namespace ganglion {

/// Restricts kernels to what GANGLION_ISA names, if it names anything. Errors:
/// bad_argument for a word that is unknown, or known but not had by the
/// processor; it lists those that may be used.
caf::error choose_instruction_set();

/// The same by a word: "avx2", "avx512" or "neon". The empty one is the best.
caf::error choose_instruction_set(std::string_view word);

/// The word for what kernels compute with.
std::string instruction_set();

} // namespace ganglion
