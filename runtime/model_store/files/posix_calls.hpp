// What the files of the operating system share: open descriptors that close
// themselves, calls that signals interrupt, and what failed calls become. Only
// for posix_files and what belongs to it.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <caf/error.hpp>

namespace ganglion::posix {

/// The most that is asked of one call; Linux transfers 2 GiB at most.
inline constexpr std::size_t max_transfer = std::size_t{1} << 30;

/// What errno says of `action` on `path`, and what to do about it. Errors:
/// not_found, stale, system.
caf::error failed(std::string_view action, const std::string& path,
                  std::optional<std::uint64_t> offset = {});

/// Calls `f` until no signal interrupts it.
template <class F>
auto uninterrupted(F f) {
  auto result = f();
  while (result < 0 && errno == EINTR)
    result = f();
  return result;
}

/// Owns an open file; negative where opening failed.
class descriptor {
public:
  explicit descriptor(int number) : number_(number) {
    // nop
  }

  descriptor(descriptor&& other) noexcept
    : number_(std::exchange(other.number_, -1)) {
    // nop
  }

  descriptor& operator=(descriptor&&) = delete;

  ~descriptor() {
    if (number_ >= 0)
      close();
  }

  [[nodiscard]] int get() const noexcept {
    return number_;
  }

  /// Gives up the file, which stays open.
  int release() noexcept {
    return std::exchange(number_, -1);
  }

  /// False, with errno, where something was not written.
  bool close();

private:
  int number_;
};

/// Anywhere, and of any kind: see path_scope.
descriptor open_file(const std::string& path, int flags);

} // namespace ganglion::posix
