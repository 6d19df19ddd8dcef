// Counts the pieces of work that are done for a deployment on a node, and says
// what each thread is at: so others can tell a long computation from one that
// hangs. Written by all threads that work, each mostly on a slot of its own;
// read by anyone. It measures no time and no result depends on it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ganglion {

class work_meter {
public:
  /// A piece is done: a block of a product, a message handled.
  void add() noexcept {
    mine().pieces.fetch_add(1, std::memory_order_relaxed);
  }

  /// The calling thread is at work on `what`, a number of the caller's that is
  /// not 0; or, with 0, no longer. What it was at before.
  std::uint32_t at_work(std::uint32_t what) noexcept {
    return mine().what.exchange(what, std::memory_order_relaxed);
  }

  /// Pieces done so far.
  [[nodiscard]] std::uint64_t pieces() const noexcept;

  /// What a thread has been at, without doing a piece, since this was called
  /// last; 0 where there is none. For one caller: see `look`.
  struct look {
    std::array<std::uint64_t, 64> pieces{};
    std::array<std::uint32_t, 64> what{};
  };
  [[nodiscard]] std::uint32_t stuck_since(look& last) const noexcept;

private:
  static constexpr std::size_t slot_count = 64;

  struct alignas(64) slot {
    std::atomic<std::uint64_t> pieces = 0;
    std::atomic<std::uint32_t> what = 0;
  };

  static std::size_t index_of_thread() noexcept;

  slot& mine() noexcept {
    return slots_[index_of_thread()];
  }

  std::array<slot, slot_count> slots_;
};

/// Says that the calling thread is at work for as long as it lives.
class work_scope {
public:
  work_scope(work_meter& meter, std::uint32_t what) noexcept
    : meter_(meter), before_(meter.at_work(what)) {
    // nop
  }

  work_scope(const work_scope&) = delete;
  work_scope& operator=(const work_scope&) = delete;

  ~work_scope() {
    meter_.add();
    meter_.at_work(before_);
  }

private:
  work_meter& meter_;
  std::uint32_t before_;
};

} // namespace ganglion
