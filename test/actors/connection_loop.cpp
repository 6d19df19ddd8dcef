// Loops that serve connections: who serves whom, and how connections end.
#include "actors/link/connection_loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include "actors/link/connection.hpp"
#include "metadata/error.hpp"

using namespace ganglion;

namespace {

constexpr auto hang = std::chrono::seconds{20};

std::array<int, 2> socket_pair() {
  std::array<int, 2> result{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, result.data()) == 0);
  return result;
}

/// Collects the numbers of the messages that come.
class collector : public connection_sink {
public:
  explicit collector(int socket) : channel(socket) {
    channel.handshake_done();
  }

  caf::error on_frame(const frame_prefix&,
                      std::span<const std::byte> payload) override {
    if (on_message)
      if (auto err = on_message())
        return err;
    std::lock_guard guard{mutex_};
    numbers_.push_back(control_from(payload)->number);
    changed_.notify_all();
    return {};
  }

  caf::error on_tensor_bytes(const frame_prefix&,
                             std::span<const std::byte>) override {
    return {};
  }

  caf::error on_tick() override {
    return {};
  }

  void on_end(const caf::error& why) override {
    std::lock_guard guard{mutex_};
    ended_ = why;
    changed_.notify_all();
  }

  /// Waits for so many messages.
  std::vector<std::uint64_t> numbers(std::size_t count) {
    std::unique_lock guard{mutex_};
    REQUIRE(
      changed_.wait_for(guard, hang, [&] { return numbers_.size() >= count; }));
    return numbers_;
  }

  caf::error end() {
    std::unique_lock guard{mutex_};
    REQUIRE(changed_.wait_for(guard, hang, [&] { return !!ended_; }));
    return ended_;
  }

  bool has_ended() {
    std::lock_guard guard{mutex_};
    return !!ended_;
  }

  connection channel;
  /// Set before the start.
  std::function<caf::error()> on_message;

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint64_t> numbers_;
  caf::error ended_;
};

control_envelope message(std::uint64_t number) {
  return {number, false, fetch_status{}};
}

/// Two ends of a connection, served by loops.
struct both_ends {
  explicit both_ends(const std::shared_ptr<connection_loop>& loop,
                     std::function<caf::error()> on_message = nullptr) {
    auto [left, right] = socket_pair();
    here = std::make_shared<collector>(left);
    there = std::make_shared<collector>(right);
    there->on_message = std::move(on_message);
    here->channel.start(here, loop);
    there->channel.start(there, loop);
  }

  ~both_ends() {
    here->channel.stop();
    there->channel.stop();
  }

  std::shared_ptr<collector> here;
  std::shared_ptr<collector> there;
};

std::shared_ptr<connection_loop> new_loop() {
  return std::make_shared<connection_loop>("test");
}

} // namespace

TEST_CASE("messages keep their order while a connection changes its loop") {
  constexpr std::uint64_t count = 2000;
  auto shared = new_loop();
  both_ends ends{shared};
  for (std::uint64_t i = 0; i < count; ++i) {
    ends.here->channel.send(message(i));
    if (i % 100 == 0) {
      auto next = i % 200 == 0 ? new_loop() : shared;
      ends.here->channel.move_to(next);
      ends.there->channel.move_to(next);
    }
  }
  auto numbers = ends.there->numbers(count);
  REQUIRE(numbers.size() == count);
  for (std::uint64_t i = 0; i < count; ++i)
    REQUIRE(numbers[i] == i);
}

TEST_CASE("what a sink throws ends its connection alone, and is the reason") {
  auto loop = new_loop();
  both_ends bad{
    loop, []() -> caf::error { throw std::runtime_error{"no more of this"}; }};
  both_ends good{loop};
  bad.here->channel.send(message(1));
  auto why = bad.there->end();
  CHECK(why == errc::system);
  CHECK(explain(why) == "no more of this");
  CHECK(bad.here->end() == errc::node_lost);
  good.here->channel.send(message(2));
  CHECK(good.there->numbers(1) == std::vector<std::uint64_t>{2});
}

namespace {

/// Whether a loop serves others while one of its connections waits for its peer
/// to take its leave.
bool serves_others_meanwhile() {
  auto loop = new_loop();
  both_ends leaving{
    loop, [] { return make_failure(errc::protocol, "that is enough"); }};
  // A peer that does not listen: its own loop is busy.
  std::mutex busy;
  auto slow = new_loop();
  both_ends blocker{slow, [&]() -> caf::error {
                      std::lock_guard guard{busy};
                      return {};
                    }};
  std::unique_lock guard{busy};
  blocker.here->channel.send(message(0));
  leaving.here->channel.move_to(slow);
  leaving.here->channel.send(message(1));
  both_ends others{loop};
  others.here->channel.send(message(2));
  others.there->numbers(1);
  auto result = !leaving.there->has_ended();
  guard.unlock();
  CHECK(leaving.there->end() == errc::protocol);
  return result;
}

} // namespace

TEST_CASE("while one peer is slow to take its leave, others are served") {
  // A machine that stalls for a second may have both happen at once.
  auto served = false;
  for (int i = 0; i < 10 && !served; ++i)
    served = serves_others_meanwhile();
  CHECK(served);
}

TEST_CASE("a socket is closed when the connection ends, whoever holds it") {
  auto loop = new_loop();
  auto [left, right] = socket_pair();
  auto x = std::make_shared<collector>(right);
  x->channel.start(x, loop);
  ::shutdown(left, SHUT_WR);
  CHECK(x->end() == errc::node_lost);
  char byte = 0;
  CHECK(::read(left, &byte, 1) == 0);
  // No signal, no error: nothing happens any more.
  x->channel.send(message(1));
  x->channel.move_to(new_loop());
  x->channel.stop();
  ::close(left);
}

TEST_CASE("nobody keeps a connection that was stopped, nor tells its sink") {
  auto loop = new_loop();
  auto [left, right] = socket_pair();
  auto x = std::make_shared<collector>(right);
  x->channel.start(x, loop);
  x->channel.stop();
  CHECK_FALSE(x->has_ended());
  char byte = 0;
  CHECK(::read(left, &byte, 1) == 0);
  ::close(left);
}
