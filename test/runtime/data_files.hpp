// Files for the tests of data: a folder that goes away with its owner, and
// bytes in the IDX format. For one test case at a time.
#pragma once

#include <zlib.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"

namespace ganglion {

class temp_folder {
public:
  temp_folder() {
    auto name = (std::filesystem::temp_directory_path()
                 / "ganglion-data-XXXXXX")
                  .string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }

  ~temp_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;

  [[nodiscard]] const std::string& path() const {
    return path_;
  }

  /// The path of a file in the folder.
  [[nodiscard]] std::string at(std::string_view name) const {
    return path_ + "/" + std::string{name};
  }

  /// Writes a file as it is; its path.
  std::string write(std::string_view name, std::string_view bytes) const {
    auto path = at(name);
    std::ofstream{path, std::ios::binary} << bytes;
    return path;
  }

  /// Writes a file compressed with gzip; its path.
  std::string write_gz(std::string_view name, std::string_view bytes) const {
    auto path = at(name);
    auto file = gzopen(path.c_str(), "wb");
    REQUIRE(file != nullptr);
    auto size = static_cast<unsigned>(bytes.size());
    CHECK(gzwrite(file, bytes.data(), size) == static_cast<int>(size));
    CHECK(gzclose(file) == Z_OK);
    return path;
  }

private:
  std::string path_;
};

inline std::string big_endian(std::uint32_t x) {
  std::string result;
  for (int shift = 24; shift >= 0; shift -= 8)
    result += static_cast<char>(x >> shift & 0xff);
  return result;
}

inline std::string idx_header(char type, std::vector<std::uint32_t> sizes) {
  std::string result{'\0', '\0', type, static_cast<char>(sizes.size())};
  for (auto x : sizes)
    result += big_endian(x);
  return result;
}

/// An IDX file of bytes.
inline std::string idx_bytes(std::vector<std::uint32_t> sizes,
                             const std::vector<int>& values) {
  auto result = idx_header('\x08', std::move(sizes));
  for (auto x : values)
    result += static_cast<char>(x);
  return result;
}

/// An IDX file of float32.
inline std::string idx_floats(std::vector<std::uint32_t> sizes,
                              const std::vector<float>& values) {
  auto result = idx_header('\x0d', std::move(sizes));
  for (auto x : values)
    result += big_endian(std::bit_cast<std::uint32_t>(x));
  return result;
}

/// The text of the error, or "no error"; checks the code in passing.
inline std::string text_of(const caf::error& err) {
  if (!err)
    return "no error";
  CHECK(err == errc::bad_data);
  return explain(err);
}

template <class T>
std::string text_of(const caf::expected<T>& x) {
  return x ? "no error" : text_of(x.error());
}

} // namespace ganglion
