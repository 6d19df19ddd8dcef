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

/// Fit for a message: other bytes than UTF-8 and control characters become
/// '?', and what is longer than `most` bytes is cut.
std::string printable(std::string_view text, std::size_t most = 1024);

/// Whether a file's name ends so, in lower or upper case; `ending` is in lower
/// case.
bool has_ending(std::string_view path, std::string_view ending);

} // namespace ganglion
