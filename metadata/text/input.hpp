// How a file that a user names is opened to be read: only a regular one, since
// to open or read a FIFO or a device may wait for ever. Ordinary functions. The
// model store has its own way (model_store/posix_scope.hpp).
#pragma once

#include <cstddef>
#include <fstream>
#include <string>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "metadata/error.hpp"

namespace ganglion {

/// An error with `code`, which names the file and says what to do, unless it is
/// a regular file that may be read.
caf::error check_input(const std::string& path, errc code);

/// Opens such a file, as bytes.
caf::expected<std::ifstream> open_input(const std::string& path, errc code);

/// Reads all of such a file, of at most `most` bytes.
caf::expected<std::string> read_input(const std::string& path, errc code,
                                      std::size_t most);

} // namespace ganglion
