#include "actors/link/connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include <doctest/doctest.h>

using namespace ganglion;

namespace {

std::pair<int, int> connected_sockets() {
  std::array<int, 2> result{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, result.data()) == 0);
  return {result[0], result[1]};
}

activation neuron_fired(const tensor& values) {
  activation result;
  result.values = values;
  return result;
}

} // namespace

namespace {

/// Calls that write, for so many small messages that nobody reads; the thread
/// is not started: only senders write.
std::uint64_t writes_of(std::uint64_t messages,
                        connection::clock::duration burst_gap) {
  auto [here, there] = connected_sockets();
  std::uint64_t result = 0;
  {
    connection from{here, burst_gap};
    auto values = matrix{4, 1}.freeze();
    for (std::uint64_t i = 0; i < messages; ++i)
      from.send(tensor_message{neuron_fired(values)});
    result = from.counters()->writes;
  }
  ::close(there);
  return result;
}

} // namespace

TEST_CASE("many small messages to one peer are written together") {
  // However long the machine takes from one to the next.
  auto writes = writes_of(1000, connection::clock::duration::max());
  CHECK(writes >= 1);
  CHECK(writes < 250);
}

TEST_CASE("a message that follows no other at once is written by its sender") {
  CHECK(writes_of(10, connection::clock::duration::zero()) == 10);
}
