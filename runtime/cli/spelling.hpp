// What somebody may have meant who wrote a word that is none. Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ganglion::cli {

/// The one of `known` that `word` was probably to be: of which it is the
/// beginning, or from which a letter or two are missing, changed, exchanged or
/// too many. Empty where there is none.
std::string_view meant_by(std::string_view word,
                          std::span<const std::string_view> known);

/// ": did you mean 'train'?", or nothing.
std::string suggestion(std::string_view word,
                       std::span<const std::string_view> known);

} // namespace ganglion::cli
