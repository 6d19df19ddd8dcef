// How wide a terminal is, and text that fits it. Pipes and files get lines as
// they are, so that programs can read them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ganglion::cli {

/// Columns of the terminal at a file descriptor, 80 where it does not say; 0
/// where there is no terminal.
std::size_t terminal_columns(int descriptor);

/// Text in lines of at most so many columns, broken at blanks; all but the
/// first begin with `indent`. Words that are longer stay whole, and 0 leaves
/// all as it is.
std::string folded(std::string_view text, std::size_t columns,
                   std::string_view indent = "  ");

} // namespace ganglion::cli
