#include "test/support/interleaving.hpp"

#include <thread>

namespace ganglion {

void interleaving::wait_for_turn(int who) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return turn_ == who; });
}

void interleaving::pass_to(int who) {
  std::lock_guard lock{mutex_};
  if (!done_[who])
    turn_ = who;
  changed_.notify_all();
}

void interleaving::work(int who, std::uint64_t switch_at,
                        const std::function<void()>& f) {
  wait_for_turn(who);
  auto other = 1 - who;
  auto start = files_[who]->calls();
  files_[who]->before_each([=, this](std::uint64_t call) {
    if (call - start != switch_at)
      return;
    switched_ = switched_ || who == 0;
    pass_to(other);
    wait_for_turn(who);
  });
  f();
  files_[who]->before_each({});
  {
    std::lock_guard lock{mutex_};
    done_[who] = true;
  }
  pass_to(other);
}

bool interleaving::run(std::uint64_t n, const std::function<void()>& first,
                       std::uint64_t m, const std::function<void()>& second) {
  turn_ = 0;
  done_[0] = done_[1] = switched_ = false;
  std::thread other{[&] { work(1, m, second); }};
  work(0, n, first);
  other.join();
  return switched_;
}

} // namespace ganglion
