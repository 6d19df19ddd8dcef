// Whether a file that a user wants written can be: better asked before what may
// take hours than after it. Leaves nothing behind. Ordinary functions.
#pragma once

#include <string>
#include <string_view>

#include <caf/error.hpp>

namespace ganglion {

/// An error unless a file could be made there, or put in the place of one;
/// never in that of a directory, a FIFO or a device. Errors: system.
caf::error check_writable(const std::string& path);

/// "cannot write 'PATH': WHY"
caf::error cannot_write(const std::string& path, std::string_view why);

} // namespace ganglion
