// A new file of the operating system. Large ones go past the page cache where
// the file system allows it: a third of the processor's time that copying into
// the cache takes, and the cache keeps what somebody reads. For one thread.
#pragma once

#include <memory>
#include <string>

#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/files/posix_calls.hpp"

namespace ganglion::posix {

/// `path` is for messages. Up to 4 MiB wait in memory for the rest of a block:
/// what does not fit on the disk may show only in sync or close.
std::unique_ptr<output_file> make_output(std::string path, descriptor file);

} // namespace ganglion::posix
