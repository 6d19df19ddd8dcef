// Who comes through a gate, and what its owner is told of them.
#include "actors/link/gate.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <doctest/doctest.h>

#include "actors/link/outbox.hpp"
#include "actors/link/socket.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

using namespace ganglion;

namespace {

constexpr auto patience = std::chrono::seconds{20};
constexpr int patience_ms = 20'000;

/// A connection that somebody else made.
class stranger {
public:
  explicit stranger(const endpoint& at)
    : socket_(*connect_to(at, *find_host(at))) {
    // nop
  }

  stranger(stranger&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)) {
    // nop
  }

  ~stranger() {
    if (socket_ >= 0)
      ::close(socket_);
  }

  /// Whether the other side hangs up within so many milliseconds.
  bool ends(int milliseconds) {
    pollfd waiting{socket_, POLLIN, 0};
    char byte = 0;
    return ::poll(&waiting, 1, milliseconds) > 0
           && ::recv(socket_, &byte, 1, MSG_DONTWAIT) <= 0;
  }

  bool say(const void* data, std::size_t size) {
    return ::send(socket_, data, size, MSG_NOSIGNAL)
           == static_cast<ssize_t>(size);
  }

  /// Has all that was said arrive, which closing would not.
  void leave() {
    ::shutdown(socket_, SHUT_WR);
    pollfd waiting{socket_, POLLIN, 0};
    std::array<char, 4096> rest{};
    while (::poll(&waiting, 1, patience_ms) > 0
           && ::recv(socket_, rest.data(), rest.size(), MSG_DONTWAIT) > 0)
      ; // until the other side closes
  }

private:
  int socket_;
};

/// A gate, whose owner is `host`, and a place from which to dial it.
struct gate_fixture {
  explicit gate_fixture(std::chrono::milliseconds timeout
                        = default_peer_timeout,
                        guest_book::limits limits = {1000, 1000}) {
    auto socket = *listen_at({"127.0.0.1", 0});
    address = {"127.0.0.1", port_of(socket)};
    auto links = config_of(host, "host");
    links.self.engine = false;
    links.peer_timeout = timeout;
    gate = open_gate(system, socket, links,
                     std::make_shared<guest_book>(limits));
  }

  ~gate_fixture() {
    host->send_exit(gate, caf::exit_reason::user_shutdown);
  }

  static link_config config_of(caf::scoped_actor& owner, std::string name) {
    link_config result;
    result.owner = caf::actor_cast<caf::actor>(owner.ptr());
    result.self.name = std::move(name);
    result.self.engine = true;
    return result;
  }

  void dial() {
    dial_peer(system, to_string(address), config_of(guest, "guest"));
  }

  /// A link, or why there is none.
  caf::expected<caf::actor> dialled() {
    dial();
    caf::expected<caf::actor> result{caf::error{}};
    guest->receive([&](link_up& x) { result = x.link; },
                   [&](link_down& x) { result = x.why; },
                   caf::after(patience) >> [] { FAIL("no answer"); });
    return result;
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor host{system};
  caf::scoped_actor guest{system};
  endpoint address;
  caf::actor gate;
};

} // namespace

TEST_CASE("a newcomer takes the place of the stranger who waits longest") {
  gate_fixture f;
  std::vector<stranger> strangers;
  strangers.reserve(64);
  for (int i = 0; i < 64; ++i)
    strangers.emplace_back(f.address);
  auto link = f.dialled();
  REQUIRE(link);
  CHECK(strangers.front().ends(patience_ms));
  CHECK_FALSE(strangers.at(1).ends(0));
  CHECK_FALSE(strangers.back().ends(0));
}

TEST_CASE("a stranger has so long to greet, however much it says") {
  gate_fixture f{std::chrono::milliseconds{300}};
  stranger x{f.address};
  // The prefix of a greeting, and then a byte at a time.
  frame_prefix prefix;
  prefix.length = 4000;
  prefix.kind = frame_kind::hello;
  REQUIRE(x.say(&prefix, sizeof(prefix)));
  auto end = std::chrono::steady_clock::now() + patience;
  auto ended = false;
  while (!ended && std::chrono::steady_clock::now() < end) {
    x.say("x", 1);
    ended = x.ends(20);
  }
  CHECK(ended);
  f.host->receive(
    [&](link_down& down) {
      CHECK(explain(down.why).starts_with("127.0.0.1:"));
    },
    caf::after(patience) >> [] { FAIL("nobody says so"); });
}

TEST_CASE("who finds no room is told so, and comes in when somebody has left") {
  gate_fixture f{default_peer_timeout, {2, 2}};
  stranger first{f.address};
  {
    stranger second{f.address};
    CHECK_FALSE(second.ends(0));
    auto refused = f.dialled();
    REQUIRE_FALSE(refused);
    CHECK(explain(refused.error()).find("takes no more") != std::string::npos);
  }
  auto end = std::chrono::steady_clock::now() + patience;
  auto link = f.dialled();
  while (!link && std::chrono::steady_clock::now() < end)
    link = f.dialled();
  CHECK(link);
}

TEST_CASE("a peer's requests come before the word of its end") {
  constexpr std::uint64_t count = 60;
  gate_fixture f;
  {
    stranger peer{f.address};
    outbox says;
    says.add(frame_kind::hello, to_bytes(f.config_of(f.guest, "guest").self));
    for (std::uint64_t i = 1; i <= count; ++i)
      says.add(control_envelope{i, false, fetch_status{}});
    frame_batch batch;
    while (says.take_frame(batch))
      ; // all of it
    for (const auto& x : batch.pieces())
      REQUIRE(peer.say(x.iov_base, x.iov_len));
    peer.leave();
  }
  std::uint64_t requests = 0;
  auto down = false;
  f.host->receive([](link_up&) {},
                  caf::after(patience) >> [] { FAIL("no link"); });
  while (!down)
    f.host->receive([&](fetch_status) { ++requests; },
                    [&](link_down&) { down = true; },
                    caf::after(patience) >> [] { FAIL("no end"); });
  CHECK(requests == count);
}

TEST_CASE("a link that has ended leaves nothing with its owner") {
  gate_fixture f;
  auto link = f.dialled();
  REQUIRE(link);
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(*link);
  f.guest->send_exit(*link, caf::exit_reason::user_shutdown);
  link = caf::error{};
  // Ours is the last reference.
  auto end = std::chrono::steady_clock::now() + patience;
  while (weak->weak_refs > 1 && std::chrono::steady_clock::now() < end)
    ::poll(nullptr, 0, 1);
  CHECK(weak->weak_refs == 1);
}

TEST_CASE("of what could not be reached, the error says the address") {
  gate_fixture f;
  // Nobody listens there any more.
  auto socket = *listen_at({"127.0.0.1", 0});
  auto port = port_of(socket);
  ::close(socket);
  f.address.port = port;
  auto refused = f.dialled();
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::unreachable);
  CHECK(explain(refused.error()).find(to_string(f.address))
        != std::string::npos);
}

TEST_CASE(
  "many addresses take few threads to dial, and nobody waits for them") {
  // The queue of who may connect is full: others get no answer.
  auto full = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::listen(full, 0) == 0);
  endpoint at{"127.0.0.1", port_of(full)};
  std::vector<stranger> queue;
  queue.emplace_back(at);
  auto threads = 0;
  std::optional<gate_fixture> f{std::in_place};
  f->address = at;
  for (int i = 0; i < 2000; ++i)
    f->dial();
  for (const auto& x : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::string name;
    std::ifstream{x.path() / "comm"} >> name;
    threads += name == "ganglion.dial" ? 1 : 0;
  }
  CHECK(threads <= 16);
  // The actor system ends while they are dialled.
  f.reset();
  ::close(full);
}

TEST_CASE("guests from one address leave room for others") {
  auto book = std::make_shared<guest_book>(guest_book::limits{6, 2});
  std::vector<guest_book::place> places;
  auto come = [&](const std::string& host) {
    auto place = book->admit(host);
    if (place)
      places.push_back(*place);
    return static_cast<bool>(place);
  };
  CHECK(come("10.0.0.1"));
  CHECK(come("10.0.0.1"));
  CHECK_FALSE(come("10.0.0.1"));
  CHECK(come("10.0.0.2"));
  // This machine's own may have all that is left.
  CHECK(come("127.0.0.1"));
  CHECK(come("127.0.0.1"));
  CHECK(come("127.0.0.1"));
  CHECK_FALSE(come("10.0.0.3"));
  places.clear();
  CHECK(come("10.0.0.1"));
}
