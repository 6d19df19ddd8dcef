// What a name may be: it is shown in lists, lines and JSON, and typed after
// options, so it is text, on one line, of moderate length. Also how text that
// anybody may have written is shown in a message. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <caf/error.hpp>

namespace ganglion {

/// In characters.
inline constexpr std::size_t max_node_name = 64;
inline constexpr std::size_t max_name = 256;

/// Of what a user wrote into a file or a line, in an error, in bytes.
inline constexpr std::size_t max_shown = 80;

/// A node's name: 1 to 64 characters of UTF-8, without what separates names,
/// or says something else, where nodes are listed: spaces, control characters
/// and , : = # @ ' ". Errors, showing the name: bad_argument.
caf::error check_node_name(std::string_view name);

/// Any other name or path: at most `most` characters of UTF-8, and no control
/// characters. Errors, which begin with `what` ("the owner's name"):
/// bad_argument.
caf::error check_text(std::string_view what, std::string_view text,
                      std::size_t most = max_name);

/// Of a path in an error, in bytes.
inline constexpr std::size_t max_shown_path = 1024;

/// Fit for a message: other bytes than UTF-8 and control characters become
/// '?', and what is longer than `most` bytes is cut. For every text in a
/// message that the program did not make itself.
std::string printable(std::string_view text, std::size_t most = max_shown);

/// The same for a path, which may be longer and is still of use.
std::string printable_path(std::string_view path);

/// Fit to be written to a terminal, whoever made it: as printable, but lines
/// stay, and of what is longer than `most` bytes the middle is left out.
std::string printable_lines(std::string_view text, std::size_t most);

/// Whether a file's name ends so, in lower or upper case; `ending` is in lower
/// case.
bool has_ending(std::string_view path, std::string_view ending);

} // namespace ganglion
