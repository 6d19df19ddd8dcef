// The file system of the operating system: local disks, NFS mounts and other
// shares. Locks are flock's, which the Linux NFS v4 client passes to the server
// and which belong to the open file. Only regular files are opened, so that
// nothing waits for a FIFO or a device. Immutable; safe to share among threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

/// With retries of ESTALE on opening and reading (see retrying_files).
std::unique_ptr<file_system> make_posix_files();

/// The same below these directories alone, for paths that strangers name: no
/// "..", no symbolic link leads out of them. With no directory, nothing is
/// found. Errors, naming a directory: bad_argument, not_found, system.
caf::expected<std::unique_ptr<file_system>>
make_shared_files(const std::vector<std::string>& directories);

} // namespace ganglion
