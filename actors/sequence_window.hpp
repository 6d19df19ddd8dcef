// Which micro-batches an actor is through with, of the last 64 that came:
// small, since there may be a million groups. A plain value.
#pragma once

#include <cstdint>

namespace ganglion {

class sequence_window {
public:
  void add(std::uint64_t sequence) noexcept {
    if (sequence > last_) {
      auto gap = sequence - last_;
      seen_ = gap < 64 ? seen_ << gap : 0;
      last_ = sequence;
    }
    if (last_ - sequence < 64)
      seen_ |= std::uint64_t{1} << (last_ - sequence);
  }

  /// What is older than the last 64 is taken to be done.
  [[nodiscard]] bool contains(std::uint64_t sequence) const noexcept {
    if (sequence > last_)
      return false;
    return last_ - sequence >= 64 || (seen_ >> (last_ - sequence) & 1) != 0;
  }

private:
  std::uint64_t last_ = 0;
  std::uint64_t seen_ = 0;
};

} // namespace ganglion
