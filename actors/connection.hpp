// A connected socket that frames go through, and the thread that waits for it.
// Frames are written by whoever sends, on the sender's own thread, for as long
// as the socket takes them; the connection's thread writes the rest, and what
// follows in a burst of small messages; and it reads: a tensor's bytes straight
// into its matrix. Sending is safe from any thread.
// It knows no actors and no handshake: those are its sink's.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/frame.hpp"
#include "actors/outbox.hpp"
#include "metadata/local_messages.hpp"

namespace ganglion {

/// What a connection calls, on its own thread alone.
class connection_sink : public frame_sink {
public:
  /// Called once a second or so; an error ends the connection.
  virtual caf::error on_tick() = 0;

  /// The last call: the connection is of no use any more, and why.
  virtual void on_end(caf::error why) = 0;
};

class connection {
public:
  using clock = std::chrono::steady_clock;

  /// Takes over a connected socket.
  explicit connection(int socket);

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// The thread must have been joined, or never been started.
  ~connection();

  /// Starts the thread, which keeps `sink`.
  void start(std::shared_ptr<connection_sink> sink);

  /// Ends the thread without a word to the sink, unless it has ended. Not from
  /// the thread itself. What the socket does not take at once is dropped.
  void stop();

  template <class... Ts>
  void send(Ts&&... xs) {
    std::lock_guard guard{mutex_};
    if (ended_)
      return;
    out_.add(std::forward<Ts>(xs)...);
    if (burst())
      leave_to_thread();
    else
      pump();
  }

  /// From the sink: the peer may send more than greetings from now on.
  void handshake_done() noexcept {
    reader_.handshake_done();
  }

  /// Bytes of control messages that the peer has not taken.
  [[nodiscard]] std::size_t waiting_controls() {
    std::lock_guard guard{mutex_};
    return out_.controls();
  }

  [[nodiscard]] const std::shared_ptr<link_counters>&
  counters() const noexcept {
    return counters_;
  }

  /// From the sink: when something came last.
  [[nodiscard]] clock::time_point last_heard() const noexcept {
    return last_heard_;
  }

  /// From the sink: whether nothing was written for so long.
  [[nodiscard]] bool idle_for(clock::duration time);

private:
  void run(const std::shared_ptr<connection_sink>& sink);
  caf::error wait_and_serve(connection_sink& sink);
  caf::error receive(connection_sink& sink);
  caf::error take(std::size_t count, std::span<std::byte> room,
                  connection_sink& sink);
  void pump();
  [[nodiscard]] bool burst() const noexcept;
  void leave_to_thread() noexcept;
  void let_go();
  void wake() noexcept;

  int socket_;
  /// Woken by a byte in this event counter.
  int wake_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::shared_ptr<link_counters> counters_ = std::make_shared<link_counters>();

  // -- for senders, under the mutex -------------------------------------------
  std::mutex mutex_;
  outbox out_;
  frame_batch batch_;
  /// The socket takes no more for now: the thread goes on when it does.
  bool full_ = false;
  /// The thread has been told that something waits.
  bool told_ = false;
  bool ended_ = false;
  clock::time_point last_sent_ = clock::now();

  // -- for the thread alone ---------------------------------------------------
  frame_reader reader_;
  std::vector<std::byte> scratch_;
  clock::time_point last_heard_ = clock::now();
  clock::time_point next_tick_ = clock::now();
};

} // namespace ganglion
