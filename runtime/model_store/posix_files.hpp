// The file system of the operating system: local disks, NFS mounts and other
// shares. Locks are flock's, which the Linux NFS v4 client passes to the server
// and which belong to the open file. Stateless; safe to share among threads.
#pragma once

#include <memory>

#include "runtime/model_store/file_system.hpp"

namespace ganglion {

/// With retries of ESTALE on opening and reading (see retrying_files).
std::unique_ptr<file_system> make_posix_files();

} // namespace ganglion
