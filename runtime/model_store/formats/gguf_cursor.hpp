// Reads the header of a GGUF file from its start on, number by number. After
// the first error, which is kept, all numbers are 0 and all texts empty. Refers
// to file and path; for one thread. It reads nothing of the values.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/error.hpp>

#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

class gguf_cursor {
public:
  /// `size`: of the file.
  gguf_cursor(input_file& file, const std::string& path, std::uint64_t size)
    : file_(file), path_(path), size_(size) {
    // nop
  }

  template <class T>
  T number() {
    static_assert(std::endian::native == std::endian::little);
    T result{};
    take(std::as_writable_bytes(std::span{&result, 1}));
    return result;
  }

  /// A length of 64 bits, and so many bytes.
  std::string text() {
    auto length = number<std::uint64_t>();
    if (length > left()) {
      fail_early();
      return {};
    }
    std::string result(length, '\0');
    take(std::as_writable_bytes(std::span{result}));
    return result;
  }

  /// A count of things that take so many bytes each at the least; 0 where the
  /// file is too short for them.
  std::uint64_t count(std::uint64_t bytes) {
    auto result = number<std::uint64_t>();
    if (result <= left() / bytes)
      return result;
    fail_early();
    return 0;
  }

  [[nodiscard]] std::uint64_t at() const noexcept {
    return at_;
  }

  [[nodiscard]] std::uint64_t left() const noexcept {
    return size_ - at_;
  }

  [[nodiscard]] bool ok() const noexcept {
    return !error_;
  }

  [[nodiscard]] const caf::error& error() const noexcept {
    return error_;
  }

  void fail(caf::error why) {
    if (ok())
      error_ = std::move(why);
  }

  /// At the offset that has been reached.
  void fail(std::string_view why) {
    fail(damaged_file(path_, at_, why));
  }

private:
  void fail_early() {
    fail("it would go on beyond its end: it was cut off, or is damaged");
  }

  void take(std::span<std::byte> out) {
    if (ok() && out.size() > left())
      fail_early();
    while (ok() && !out.empty()) {
      if (begin_ == end_ && !fill())
        return;
      auto count = std::min(out.size(), end_ - begin_);
      std::memcpy(out.data(), &buffer_[begin_], count);
      begin_ += count;
      at_ += count;
      out = out.subspan(count);
    }
  }

  bool fill() {
    auto got = file_.read_at(at_, buffer_);
    if (!got)
      fail(got.error());
    else if (*got == 0)
      fail_early();
    begin_ = 0;
    end_ = got ? *got : 0;
    return ok();
  }

  input_file& file_;
  const std::string& path_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
  std::array<std::byte, 1 << 16> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  caf::error error_;
};

} // namespace ganglion
