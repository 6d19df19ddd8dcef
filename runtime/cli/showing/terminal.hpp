// Standard streams, how wide a terminal is, and text that fits it. Pipes and
// files get lines as they are, so that programs can read them.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include <caf/error.hpp>

#include <fmt/format.h>

namespace ganglion::cli {

/// Prints on standard error. That it is full or gone is no reason to end what
/// works.
template <class... Ts>
void print_error(fmt::format_string<Ts...> text, Ts&&... args) {
  auto line = fmt::format(text, std::forward<Ts>(args)...);
  static_cast<void>(std::fwrite(line.data(), 1, line.size(), stderr));
}

/// Opens what is closed of the standard streams, so that no file or socket gets
/// their numbers, and what is printed lands in none: standard output so that
/// writing to it fails. Call it before anything else.
void guard_standard_streams();

/// Writes what is still to be written to standard output; an error where it did
/// not take all that was printed.
[[nodiscard]] caf::error finish_output();

/// Columns of the terminal at a file descriptor, 80 where it does not say; 0
/// where there is no terminal.
std::size_t terminal_columns(int descriptor);

/// Text in lines of at most so many columns, broken at blanks; all but the
/// first begin with `indent`. Words that are longer stay whole, and 0 leaves
/// all as it is.
std::string folded(std::string_view text, std::size_t columns,
                   std::string_view indent = "  ");

} // namespace ganglion::cli
