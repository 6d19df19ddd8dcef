// Reads the bytes of a file that may be compressed with gzip; zlib finds out by
// itself. Owns the open file; for one thread at a time. It gives bytes only and
// knows no format.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <caf/expected.hpp>

// zlib's type, whose header is needed only inside.
struct gzFile_s;

namespace ganglion {

class gz_reader {
public:
  /// Errors: the file is missing or may not be read.
  static caf::expected<gz_reader> open(const std::string& path);

  /// Fills `buffer`, and less of it only at the end of the file; the number of
  /// bytes. Errors: the compressed data is damaged or ends too early, or the
  /// operating system fails to read.
  caf::expected<std::size_t> read(std::span<std::byte> buffer);

  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

private:
  struct closer {
    void operator()(gzFile_s* file) const noexcept;
  };

  gz_reader(std::string path, gzFile_s* file);

  caf::error failure() const;

  std::string path_;
  std::unique_ptr<gzFile_s, closer> file_;
};

} // namespace ganglion
