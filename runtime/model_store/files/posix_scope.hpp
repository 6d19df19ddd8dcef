// Where a file system of the operating system looks for its files: anywhere, or
// only below directories that were named. In the second case no symbolic link,
// no ".." and no race leads out of them: paths are resolved from the directory
// on, by the kernel. Immutable; safe to share among threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/files/posix_calls.hpp"

namespace ganglion::posix {

/// A name, and the directory that it is resolved from.
struct place {
  /// Not open: the current directory of the process.
  descriptor directory;
  std::string name;

  /// For calls such as unlinkat.
  [[nodiscard]] int at() const noexcept;
};

class path_scope {
public:
  /// Anywhere.
  path_scope() = default;

  /// Below these directories, and nowhere where there are none. Each is opened
  /// anew whenever it is needed: a share may be mounted again. Errors, naming
  /// the directory: bad_argument, not_found, system.
  static caf::expected<path_scope>
  below(const std::vector<std::string>& directories);

  /// Opens a directory. Errors, which say that `action` is not possible:
  /// bad_argument outside of the scope, and those of `failed`.
  [[nodiscard]] caf::expected<descriptor>
  open_directory(std::string_view action, const std::string& path) const;

  /// Opens or makes a regular file, and never waits for a FIFO or a device.
  /// Errors: also bad_model where it is something else.
  [[nodiscard]] caf::expected<descriptor>
  open_file(std::string_view action, const std::string& path, int flags) const;

  /// The directory that a file is in, and its name there, which is not followed
  /// where it is a symbolic link.
  [[nodiscard]] caf::expected<place> find(std::string_view action,
                                          const std::string& path) const;

private:
  struct root {
    /// Without symbolic links, and as it was given: so others may call it.
    std::string path;
    std::string given;
  };

  /// Where a path begins, and the rest of it, which is not resolved yet.
  [[nodiscard]] caf::expected<place> enter(std::string_view action,
                                           const std::string& path) const;

  [[nodiscard]] descriptor open_in(const place& from, const std::string& name,
                                   int flags) const;

  [[nodiscard]] caf::error failed_to(std::string_view action,
                                     const std::string& path) const;

  [[nodiscard]] caf::error outside(std::string_view action,
                                   const std::string& path) const;

  bool anywhere_ = true;
  std::vector<root> roots_;
};

} // namespace ganglion::posix
