// A connected socket that frames go through. Frames are written by whoever
// sends, on the sender's own thread, for as long as the socket takes them; the
// loop that serves the connection writes the rest, and what follows in a burst
// of small messages; and it reads: a tensor's bytes straight into its matrix.
// Sending is safe from any thread. It has no thread (connection_loop has), and
// knows no actors and no handshake: those are its sink's.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>

#include "actors/link/frame.hpp"
#include "actors/link/outbox.hpp"
#include "metadata/messages/local_messages.hpp"

namespace ganglion {

class connection_loop;

/// What a connection calls, on its loop's thread alone. What these throw ends
/// the connection.
class connection_sink : public frame_sink {
public:
  /// Called a few times a second; an error ends the connection.
  virtual caf::error on_tick() = 0;

  /// The last call: the connection is of no use any more, and why. Called again
  /// later if it throws.
  virtual void on_end(const caf::error& why) = 0;
};

class connection {
public:
  using clock = std::chrono::steady_clock;

  /// Small messages that follow each other within this time are sent together
  /// by the loop, unless they amount to enough before.
  static constexpr clock::duration usual_burst_gap = std::chrono::microseconds{
    30};

  /// Takes over a connected socket.
  explicit connection(int socket, clock::duration burst_gap = usual_burst_gap);

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// It has ended, or was never started.
  ~connection();

  /// Lets a loop serve the connection, which is a part of `sink`; the loop
  /// keeps the two until the end. Throws where there is no thread to be had.
  void start(const std::shared_ptr<connection_sink>& sink,
             const std::shared_ptr<connection_loop>& by);

  /// Lets another loop serve it from soon on; where that cannot begin, things
  /// stay as they are.
  void move_to(std::shared_ptr<connection_loop> next);

  /// Has the sink's on_tick called soon.
  void nudge();

  /// Ends it without a word to the sink, unless it has ended, and returns when
  /// the loop knows it no more. Not from the loop's thread. What the socket
  /// does not take at once is dropped.
  void stop();

  template <class... Ts>
  void send(Ts&&... xs) {
    std::lock_guard guard{mutex_};
    if (ended_)
      return;
    out_.add(std::forward<Ts>(xs)...);
    if (burst())
      ask_loop();
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
  friend class connection_loop;

  enum class phase {
    open,
    /// All is said, and the peer has a moment to take it.
    lingering,
    /// The socket is closed; the sink is yet to be told.
    closed,
    over,
  };

  /// What its loop has to do for it next.
  struct wishes {
    std::shared_ptr<connection_loop> move_to;
    bool write = false;
    bool over = false;
  };

  // -- for the loop's thread --------------------------------------------------
  void attend();
  void serve(bool readable, bool writable, std::span<std::byte> scratch);
  void tick();
  void fail(const char* what) noexcept;
  [[nodiscard]] wishes wanted();
  /// Who serves it from now on; nobody: those who wait for that may go on.
  void served_by(std::shared_ptr<connection_loop> x);

  caf::error receive(std::span<std::byte> scratch);
  caf::error take(std::size_t count, std::span<std::byte> room,
                  std::span<std::byte> scratch);
  void end(caf::error why);
  [[nodiscard]] bool say_goodbye();
  void drain(std::span<std::byte> scratch);
  void tell();
  void close_socket();

  // -- under the mutex --------------------------------------------------------
  void pump();
  [[nodiscard]] bool burst() const noexcept;
  void ask_loop();

  connection_sink* sink_ = nullptr;
  std::shared_ptr<link_counters> counters_ = std::make_shared<link_counters>();

  // -- for all, under the mutex -----------------------------------------------
  std::mutex mutex_;
  std::condition_variable left_;
  /// -1 once it is closed.
  int socket_;
  /// Null before the start and after the end.
  std::shared_ptr<connection_loop> loop_;
  std::shared_ptr<connection_loop> next_loop_;
  outbox out_;
  frame_batch batch_;
  /// The socket takes no more for now: the loop goes on when it does.
  bool full_ = false;
  /// The loop has been told that something waits.
  bool told_ = false;
  bool nudged_ = false;
  bool stopping_ = false;
  /// Nothing more is sent.
  bool ended_ = false;
  const clock::duration burst_gap_;
  clock::time_point last_sent_ = clock::now();

  // -- for the loop's thread alone --------------------------------------------
  phase phase_ = phase::open;
  /// Why it ends, once it does; made anew where there was no memory for it.
  caf::error why_;
  bool failed_ = false;
  clock::time_point linger_until_;
  frame_reader reader_;
  clock::time_point last_heard_ = clock::now();
  /// What the loop waits for.
  std::uint32_t events_ = 0;
};

} // namespace ganglion
