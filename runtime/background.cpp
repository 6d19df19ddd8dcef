#include "runtime/background.hpp"

#include <sys/resource.h>

#include <cerrno>

namespace ganglion {

void work_in_background() {
#ifdef __linux__ // where a thread has a priority of its own
  constexpr int less = 10;
  thread_local bool done = false;
  if (done)
    return;
  done = true;
  errno = 0;
  auto now = ::getpriority(PRIO_PROCESS, 0);
  // Refused, it writes at full speed: nothing depends on it.
  if (errno == 0)
    static_cast<void>(::setpriority(PRIO_PROCESS, 0, now + less));
#endif
}

} // namespace ganglion
