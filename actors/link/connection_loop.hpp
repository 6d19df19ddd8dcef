// A thread that serves those sockets of connections that are ready. One is
// shared by all that carry no data (common); each other has one to itself, so
// that nobody waits for another's tensors. The thread begins with the first
// connection and ends with the last; it keeps its loop, hence nobody joins it,
// and nothing of an actor system beyond connection::stop. `adopt` and `attend`
// are safe from any thread. It knows no frames.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace ganglion {

class connection;

class connection_loop : public std::enable_shared_from_this<connection_loop> {
public:
  /// `name` is the thread's, at most 15 characters. Throws std::system_error
  /// where the system has no descriptors left.
  explicit connection_loop(std::string name);

  connection_loop(const connection_loop&) = delete;
  connection_loop& operator=(const connection_loop&) = delete;

  ~connection_loop();

  /// The one of this process that all share.
  static const std::shared_ptr<connection_loop>& common();

  /// Serves a connection from now on. Throws std::system_error where there is
  /// no thread to be had, std::bad_alloc.
  void adopt(std::shared_ptr<connection> x);

  /// Looks after a connection of its own soon; ignores others.
  void attend(connection* x);

private:
  using clock = std::chrono::steady_clock;
  using member = std::shared_ptr<connection>;
  /// A map takes another's entries over without memory of its own.
  using member_map = std::map<connection*, member>;

  void run();
  bool take_arrivals();
  void serve_ready();
  void take_calls();
  void tick_all();
  template <class F>
  void with(connection* x, F f);
  void settle(connection& x);
  void hand_over(connection& x, const std::shared_ptr<connection_loop>& to);
  bool watch(connection& x, std::uint32_t events);
  void forget(connection& x);
  void wake() noexcept;

  std::string name_;
  int epoll_;
  /// Woken by a byte in this event counter.
  int wake_;

  // -- for all, under the mutex -----------------------------------------------
  std::mutex mutex_;
  member_map arrivals_;
  std::vector<connection*> calls_;
  bool running_ = false;
  bool woken_ = false;

  // -- for the thread alone ---------------------------------------------------
  member_map members_;
  std::vector<connection*> called_;
  std::vector<std::byte> scratch_;
  clock::time_point next_tick_;
};

} // namespace ganglion
