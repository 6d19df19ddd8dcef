// Runs two functions on two threads, one at a time, and switches between them
// where it is told: the first runs until its n-th call to the file system, then
// the second until its m-th, then the first to its end, then the second. With
// all n and m that is every interleaving with one switch in each.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

#include "test/support/faulty_files.hpp"

namespace ganglion {

class interleaving {
public:
  /// `first` and `second` use these, whose hooks it sets.
  interleaving(faulty_files& first, faulty_files& second)
    : files_{&first, &second} {
    // nop
  }

  /// Switches before call `n` of the first, counted from here, and before call
  /// `m` of the second. False where the first had no `n` calls.
  bool run(std::uint64_t n, const std::function<void()>& first, std::uint64_t m,
           const std::function<void()>& second);

private:
  void wait_for_turn(int who);
  void pass_to(int who);
  void work(int who, std::uint64_t switch_at, const std::function<void()>& f);

  faulty_files* files_[2];
  std::mutex mutex_;
  std::condition_variable changed_;
  int turn_ = 0;
  bool done_[2] = {false, false};
  bool switched_ = false;
};

} // namespace ganglion
