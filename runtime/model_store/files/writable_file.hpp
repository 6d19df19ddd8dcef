// A file that a user named for output. A regular file appears whole or not at
// all, in the place and with the mode of the one before, and never by way of a
// name that somebody else may use; symbolic links are followed; what is no
// regular file (a FIFO, a device, standard output) is written into. For one
// thread. Not for models on shares: see model_store.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

class writable_file {
public:
  /// Begins to write. "-" is standard output. A FIFO waits for a reader.
  /// Errors: system, naming the path: a directory, no permission, no space.
  static caf::expected<writable_file> open(const std::string& path);

  writable_file(writable_file&& other) noexcept;
  writable_file& operator=(writable_file&&) = delete;

  /// Without `finish`, a regular file stays as it was.
  ~writable_file();

  [[nodiscard]] caf::error write(std::string_view text);
  [[nodiscard]] caf::error write(std::span<const std::byte> bytes);

  /// Puts the file in its place, once all of it has reached the disk.
  [[nodiscard]] caf::error finish();

private:
  writable_file() = default;
  static caf::expected<writable_file> open_special(writable_file x, int fd);
  caf::error open_beside(unsigned mode);

  /// As the user gave it, for messages.
  std::string path_;
  /// Where links lead to.
  std::string target_;
  /// Empty where the target itself is written into.
  std::string temporary_;
  std::unique_ptr<output_file> out_;
};

/// Whether a path leads to standard output: "-", or such as /dev/stdout.
bool is_standard_output(const std::string& path);

/// An error unless a file could be made there, or something written into that
/// takes bytes: better asked before what may take hours than after it. Leaves
/// nothing behind. Errors: system.
[[nodiscard]] caf::error check_writable(const std::string& path);

/// Writes all of a file. Errors: those of writable_file.
[[nodiscard]] caf::error write_file(const std::string& path,
                                    std::string_view content);

/// "cannot write 'PATH': WHY"
caf::error cannot_write(const std::string& path, std::string_view why);

} // namespace ganglion
