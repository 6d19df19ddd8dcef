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

TEST_CASE("many small messages to one peer are written together") {
  constexpr std::uint64_t messages = 1000;
  auto [here, there] = connected_sockets();
  {
    // Nobody reads, and the thread is not started: only senders write.
    connection from{here};
    auto values = matrix{4, 1}.freeze();
    for (std::uint64_t i = 0; i < messages; ++i)
      from.send(tensor_message{neuron_fired(values)});
    CHECK(from.counters()->writes >= 1);
    CHECK(from.counters()->writes < messages / 4);
  }
  ::close(there);
}
