#include "actors/gate.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <exception>
#include <memory>
#include <thread>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/socket.hpp"
#include "actors/turned_away.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Connections whose peers have not greeted yet. Each has six seconds, or until
/// others come.
constexpr std::size_t max_strangers = 64;

constexpr int accept_retry_ms = 100;

/// Waits for connections, on a thread of its own, until it is destroyed.
class acceptor {
public:
  acceptor(caf::actor_system& sys, int socket, link_config config,
           std::shared_ptr<guest_book> guests)
    : sys_(sys),
      socket_(socket),
      config_(std::move(config)),
      guests_(std::move(guests)) {
    ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
    thread_ = std::thread{[this] { run(); }};
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
    ::pthread_setname_np(::pthread_self(), "ganglion.gate");
    auto failed = false;
    for (;;) {
      std::array<pollfd, 2> waiting{
        pollfd{wake_, POLLIN, 0},
        pollfd{socket_, static_cast<short>(failed ? 0 : POLLIN), 0}};
      ::poll(waiting.data(), waiting.size(), failed ? accept_retry_ms : -1);
      if (waiting[0].revents != 0)
        return;
      auto fd = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      // Out of descriptors, say: the connection waits, and so does this.
      failed = fd < 0 && errno != EAGAIN && errno != ECONNABORTED;
      if (fd >= 0)
        failed = !begin(fd);
    }
  }

  /// False where there is no memory, or no thread, for one more.
  bool begin(int fd) {
    try {
      auto place = guests_->admit(peer_of(fd).host);
      if (!place) {
        turn_away(fd, explain(place.error()));
        return true;
      }
      make_room();
      auto port = std::make_shared<link_port>(fd, config_, std::move(*place));
      strangers_.push_back(port);
      sys_.spawn<link_actor>(std::move(port));
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  /// The newcomer may be the one who means it; who has said nothing for the
  /// longest time goes.
  void make_room() {
    std::erase_if(strangers_, [](const std::weak_ptr<link_port>& x) {
      auto port = x.lock();
      return !port || port->linked();
    });
    if (strangers_.size() < max_strangers)
      return;
    if (auto port = strangers_.front().lock())
      port->give_way();
    strangers_.pop_front();
  }

  caf::actor_system& sys_;
  int socket_;
  int wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  link_config config_;
  std::shared_ptr<guest_book> guests_;
  /// The oldest first.
  std::deque<std::weak_ptr<link_port>> strangers_;
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
