// Zip archives, as far as NumPy's .npz takes them: stored or deflated entries,
// of any size and number (zip64), one disk (the format: PKWARE's APPNOTE.TXT).
// Writing gives texts, with fields of 64 bits only where 32 do not do; reading
// asks a file and believes nothing beyond its size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

struct zip_entry {
  static constexpr std::uint16_t stored = 0;
  static constexpr std::uint16_t deflated = 8;

  std::string name;
  std::uint16_t method = stored;
  std::uint32_t crc = 0;
  std::uint64_t packed_size = 0;
  std::uint64_t size = 0;
  /// Where its local header is.
  std::uint64_t offset = 0;
};

/// What comes before an entry's data.
std::string local_header(const zip_entry& x);

/// What comes after all data.
std::string central_directory(const std::vector<zip_entry>& entries);

/// The entries, in the order of the archive's directory. Errors: bad_model
/// naming `path` and the offset; bad_argument for what is not read (encrypted
/// entries, other methods).
caf::expected<std::vector<zip_entry>>
read_zip_directory(input_file& file, const std::string& path);

/// Where an entry's data begin, which are within the file.
caf::expected<std::uint64_t>
find_zip_data(input_file& file, const std::string& path, const zip_entry& x);

} // namespace ganglion
