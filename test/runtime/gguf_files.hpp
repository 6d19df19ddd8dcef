// GGUF files for tests: built byte by byte in memory, or of the data of the
// tests, where these are there. For one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/model_store/gguf/model.hpp"
#include "test/support/memory_files.hpp"

namespace ganglion {

/// Numbers of the format's types, as files have them.
enum class gguf_test_type : std::uint32_t {
  u32 = 4,
  i32 = 5,
  f32 = 6,
  boolean = 7,
  text = 8,
  list = 9,
  u64 = 10,
};

template <class T>
std::string raw_bytes(const T& x) {
  std::string result(sizeof x, '\0');
  std::memcpy(result.data(), &x, sizeof x);
  return result;
}

inline std::string gguf_text(std::string_view x) {
  return raw_bytes(std::uint64_t{x.size()}) + std::string{x};
}

/// Adds up keys and tensors.
class gguf_builder {
public:
  template <class T>
  gguf_builder& pair(std::string_view key, gguf_test_type type, const T& x) {
    return raw_pair(key, type, raw_bytes(x));
  }

  gguf_builder& number(std::string_view key, std::uint32_t x) {
    return pair(key, gguf_test_type::u32, x);
  }

  gguf_builder& real(std::string_view key, float x) {
    return pair(key, gguf_test_type::f32, x);
  }

  gguf_builder& flag(std::string_view key, bool x) {
    return pair(key, gguf_test_type::boolean, std::uint8_t{x});
  }

  gguf_builder& text(std::string_view key, std::string_view x) {
    return raw_pair(key, gguf_test_type::text, gguf_text(x));
  }

  gguf_builder& texts(std::string_view key,
                      const std::vector<std::string>& all) {
    std::string content;
    for (const auto& x : all)
      content += gguf_text(x);
    return list(key, gguf_test_type::text, all.size(), content);
  }

  template <class T>
  gguf_builder& numbers(std::string_view key, gguf_test_type type,
                        const std::vector<T>& all) {
    std::string content;
    for (const auto& x : all)
      content += raw_bytes(x);
    return list(key, type, all.size(), content);
  }

  gguf_builder& raw_pair(std::string_view key, gguf_test_type type,
                         const std::string& content) {
    pairs_ += gguf_text(key) + raw_bytes(type) + content;
    ++pair_count_;
    return *this;
  }

  /// Behind what was added before. Extents as the file has them.
  gguf_builder& tensor(std::string_view name,
                       const std::vector<std::uint64_t>& extents,
                       std::uint32_t type, const std::string& values) {
    data_.resize((data_.size() + 31) / 32 * 32);
    return entry(name, extents, type, data_.size(), values);
  }

  gguf_builder& entry(std::string_view name,
                      const std::vector<std::uint64_t>& extents,
                      std::uint32_t type, std::uint64_t at,
                      const std::string& values) {
    entries_ += gguf_text(name)
                + raw_bytes(static_cast<std::uint32_t>(extents.size()));
    for (auto x : extents)
      entries_ += raw_bytes(x);
    entries_ += raw_bytes(type) + raw_bytes(at);
    data_ += values;
    ++entry_count_;
    return *this;
  }

  [[nodiscard]] std::string bytes(std::uint32_t version = 3) const {
    auto result = "GGUF" + raw_bytes(version) + raw_bytes(entry_count_)
                  + raw_bytes(pair_count_) + pairs_ + entries_;
    result.resize((result.size() + 31) / 32 * 32);
    return result + data_;
  }

private:
  gguf_builder& list(std::string_view key, gguf_test_type type,
                     std::uint64_t count, const std::string& content) {
    return raw_pair(key, gguf_test_type::list,
                    raw_bytes(type) + raw_bytes(count) + content);
  }

  std::string pairs_;
  std::string entries_;
  std::string data_;
  std::uint64_t pair_count_ = 0;
  std::uint64_t entry_count_ = 0;
};

/// A file "x" of these bytes, in a file system of its own.
struct lone_file {
  explicit lone_file(std::string content) {
    disk->damage("x", std::move(content));
  }

  std::shared_ptr<memory_disk> disk = std::make_shared<memory_disk>();
  memory_files files{disk};
};

/// Where the data of the tests are; empty, and said, where they are not.
inline std::string data_of_tests(std::string_view what) {
  const auto* result = std::getenv("GANGLION_TEST_DATA"); // NOLINT: set by none
  if (!result)
    MESSAGE("skipped: ", what, " (GANGLION_TEST_DATA is not set)");
  return result ? result : "";
}

} // namespace ganglion
