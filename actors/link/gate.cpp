#include "actors/link/gate.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <thread>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/link/quiet_thread.hpp"
#include "actors/link/socket.hpp"
#include "actors/link/turned_away.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Connections whose peers have not greeted yet. Each has six seconds, or until
/// others come.
constexpr std::size_t max_strangers = 64;

/// What a stranger said at once has been read after so long, even when many
/// come in one moment; these wait where the system keeps them.
constexpr auto reading_time = std::chrono::milliseconds{20};

constexpr int short_pause_ms = 5;
constexpr int long_pause_ms = 100;

/// Waits for connections, on a thread of its own, until it is destroyed.
class acceptor {
  using clock = std::chrono::steady_clock;

public:
  acceptor(caf::actor_system& sys, int socket, link_config config,
           std::shared_ptr<guest_book> guests)
    : sys_(sys),
      socket_(socket),
      config_(std::move(config)),
      guests_(std::move(guests)) {
    ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
    thread_ = quiet_thread("ganglion.gate", [this] { run(); });
  }

  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;

  ~acceptor() {
    std::uint64_t one = 1;
    [[maybe_unused]] auto n = ::write(wake_, &one, sizeof(one));
    thread_.join();
    ::close(socket_);
    ::close(wake_);
  }

private:
  void run() {
    auto pause = 0;
    for (;;) {
      std::array<pollfd, 2> waiting{
        pollfd{wake_, POLLIN, 0},
        pollfd{socket_, static_cast<short>(pause > 0 ? 0 : POLLIN), 0}};
      ::poll(waiting.data(), waiting.size(), pause > 0 ? pause : -1);
      if (waiting[0].revents != 0)
        return;
      pause = make_room() ? accept() : short_pause_ms;
    }
  }

  /// For how long to wait before the next one.
  int accept() {
    auto fd = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0)
      return begin(fd) ? 0 : long_pause_ms;
    // Out of descriptors, say: the connection waits, and so does this.
    return errno == EAGAIN || errno == ECONNABORTED ? 0 : long_pause_ms;
  }

  /// False where there is no memory, or no thread, for one more.
  bool begin(int fd) {
    try {
      auto place = guests_->admit(peer_of(fd).host);
      if (!place) {
        turn_away(fd, explain(place.error()));
        return true;
      }
      auto port = std::make_shared<link_port>(fd, config_, std::move(*place));
      strangers_.push_back({clock::now(), port});
      sys_.spawn<link_actor>(std::move(port));
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  /// The newcomer may be the one who means it; who has said nothing for the
  /// longest time goes. False where that one may have, and is yet to be read.
  bool make_room() {
    std::erase_if(strangers_, [](const stranger& x) {
      auto port = x.port.lock();
      return !port || port->linked();
    });
    if (strangers_.size() < max_strangers)
      return true;
    if (clock::now() - strangers_.front().since < reading_time)
      return false;
    if (auto port = strangers_.front().port.lock())
      port->give_way();
    strangers_.pop_front();
    return true;
  }

  struct stranger {
    clock::time_point since;
    std::weak_ptr<link_port> port;
  };

  caf::actor_system& sys_;
  int socket_;
  int wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  link_config config_;
  std::shared_ptr<guest_book> guests_;
  /// The oldest first.
  std::deque<stranger> strangers_;
  std::thread thread_;
};

struct gate_state {
  gate_state(caf::event_based_actor* self, int socket, link_config config,
             std::shared_ptr<guest_book> guests)
    : accepting(std::make_unique<acceptor>(
      self->system(), socket, std::move(config), std::move(guests))) {
    // nop
  }

  caf::behavior make_behavior() {
    // It only waits to be told to exit.
    return {[](caf::unit_t) {}};
  }

  std::unique_ptr<acceptor> accepting;

  static inline const char* name = "ganglion.gate";
};

} // namespace

caf::actor open_gate(caf::actor_system& sys, int socket, link_config config,
                     std::shared_ptr<guest_book> guests) {
  return sys.spawn<caf::stateful_actor<gate_state>>(socket, std::move(config),
                                                    std::move(guests));
}

void dial_peer(caf::actor_system& sys, std::string address,
               link_config config) {
  config.dialled = std::move(address);
  sys.spawn<link_actor>(std::make_shared<link_port>(std::move(config)));
}

} // namespace ganglion
