// A few threads for what blocks: made when there is work, gone when there has
// been none for a while. Nobody waits for them: a job must hold on to nothing
// that may end while it blocks. Safe from any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace ganglion {

class worker_pool {
public:
  explicit worker_pool(std::size_t max_threads);

  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// Does `job` as soon as a thread is free; jobs do not throw. Throws
  /// std::system_error where there is no thread at all, std::bad_alloc.
  void add(std::function<void()> job);

private:
  struct state;

  static void run(const std::shared_ptr<state>& x);

  std::shared_ptr<state> state_;
};

} // namespace ganglion
