#include "actors/gate.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <thread>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/socket.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Connections whose peers have not greeted yet. Each has a thread, and six
/// seconds.
constexpr int max_strangers = 64;

constexpr int retry_ms = 100;

/// Waits for connections, on a thread of its own, until it is destroyed.
class acceptor {
public:
  acceptor(caf::actor_system& sys, int socket, link_config config)
    : sys_(sys), socket_(socket), config_(std::move(config)) {
    config_.strangers = std::make_shared<std::atomic<int>>(0);
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
    auto failed = false;
    for (;;) {
      std::array<pollfd, 2> waiting{
        pollfd{wake_, POLLIN, 0},
        pollfd{socket_, static_cast<short>(failed ? 0 : POLLIN), 0}};
      ::poll(waiting.data(), waiting.size(), failed ? retry_ms : -1);
      if (waiting[0].revents != 0)
        return;
      auto fd = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      // Out of descriptors, say: the connection waits, and so does this.
      failed = fd < 0 && errno != EAGAIN && errno != ECONNABORTED;
      if (fd >= 0)
        begin(fd);
    }
  }

  void begin(int fd) {
    if (++*config_.strangers > max_strangers) {
      --*config_.strangers;
      ::close(fd);
      return;
    }
    sys_.spawn<link_actor>(std::make_shared<link_port>(fd, config_));
  }

  caf::actor_system& sys_;
  int socket_;
  int wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  link_config config_;
  std::thread thread_;
};

struct gate_state {
  gate_state(caf::event_based_actor* self, int socket, link_config config)
    : accepting(
      std::make_unique<acceptor>(self->system(), socket, std::move(config))) {
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

caf::actor open_gate(caf::actor_system& sys, int socket, link_config config) {
  return sys.spawn<caf::stateful_actor<gate_state>>(socket, std::move(config));
}

void dial_peer(caf::actor_system& sys, std::string address,
               link_config config) {
  config.dialled = std::move(address);
  auto connect = [config = std::move(config)](caf::event_based_actor* self) {
    auto socket = connect_to(config.dialled);
    if (socket)
      self->system().spawn<link_actor>(
        std::make_shared<link_port>(*socket, config));
    else
      send_to(self, config.owner,
              link_down{{}, {}, config.dialled, socket.error()});
  };
  // Resolving a name and connecting block: on a thread of their own.
  sys.spawn<caf::detached>(std::move(connect));
}

} // namespace ganglion
