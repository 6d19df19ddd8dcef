// Opens what lies below an open directory, and nothing else: neither "..", nor
// a symbolic link, nor a rename meanwhile leads out of it. Only for
// posix_scope.
#pragma once

#include <string>

#include "runtime/model_store/files/posix_calls.hpp"

namespace ganglion::posix {

/// `path` is relative. Negative, with errno, where it cannot be opened: EXDEV
/// where it would lead out. Kernels older than 5.6 follow no symbolic links
/// here at all (ELOOP).
descriptor open_beneath(int directory, const std::string& path, int flags);

} // namespace ganglion::posix
