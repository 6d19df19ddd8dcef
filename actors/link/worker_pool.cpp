#include "actors/link/worker_pool.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "actors/link/quiet_thread.hpp"

namespace ganglion {

namespace {

constexpr auto idle_limit = std::chrono::seconds{1};

} // namespace

/// Shared with the threads, which may outlive the pool.
struct worker_pool::state {
  const std::size_t max_threads;
  std::mutex mutex;
  std::condition_variable work;
  std::deque<std::function<void()>> jobs;
  std::size_t threads = 0;
  std::size_t idle = 0;
};

worker_pool::worker_pool(std::size_t max_threads)
  : state_(new state{.max_threads = max_threads}) {
  // nop
}

void worker_pool::add(std::function<void()> job) {
  std::lock_guard guard{state_->mutex};
  state_->jobs.push_back(std::move(job));
  if (state_->idle >= state_->jobs.size()
      || state_->threads == state_->max_threads)
    return state_->work.notify_one();
  try {
    quiet_thread("ganglion.dial", [x = state_] { run(x); }).detach();
    ++state_->threads;
  } catch (const std::system_error&) {
    // Those that there are do it later.
    if (state_->threads > 0)
      return;
    state_->jobs.pop_back();
    throw;
  }
}

void worker_pool::run(const std::shared_ptr<state>& x) {
  std::unique_lock guard{x->mutex};
  for (;;) {
    ++x->idle;
    x->work.wait_for(guard, idle_limit, [&] { return !x->jobs.empty(); });
    --x->idle;
    if (x->jobs.empty())
      break;
    auto job = std::move(x->jobs.front());
    x->jobs.pop_front();
    guard.unlock();
    job();
    job = nullptr; // and what it holds
    guard.lock();
  }
  --x->threads;
}

} // namespace ganglion
