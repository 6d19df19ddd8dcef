// A thread of ours in somebody else's program: it has a name and takes none of
// the program's signals, which are for those who wait for them.
#pragma once

#include <pthread.h>

#include <csignal>
#include <string>
#include <thread>
#include <utility>

namespace ganglion {

/// Throws std::system_error where there can be no more threads. `name`: 15
/// characters at most.
template <class F>
std::thread quiet_thread(std::string name, F f) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  // The new thread begins with the mask of the one that makes it.
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  struct restore {
    const sigset_t& mask;
    ~restore() {
      ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    }
  } at_end{before};
  return std::thread{[name = std::move(name), f = std::move(f)]() mutable {
    ::pthread_setname_np(::pthread_self(), name.c_str());
    f();
  }};
}

} // namespace ganglion
