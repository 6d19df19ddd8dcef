// What a message costs: between actors of one node, and as a tensor between two
// actor systems over loopback, against a raw socket that moves the same bytes.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/link/inbound.hpp"
#include "actors/link/outbox.hpp"
#include "actors/link/socket.hpp"
#include "metadata/caf_compat.hpp"
#include "runtime/hosting/session.hpp"

using namespace ganglion;

namespace {

constexpr int hops = 10'000;

/// Sends what it gets to its partner until the message has made all hops.
caf::behavior player(caf::event_based_actor* self,
                     std::shared_ptr<std::promise<void>> done) {
  return {
    [=](const activation& x, const caf::actor& partner) {
      if (x.head.sequence == hops) {
        done->set_value();
        return;
      }
      auto next = x;
      ++next.head.sequence;
      send_to(self, partner, std::move(next),
              caf::actor_cast<caf::actor>(self));
    },
  };
}

/// An activation that two actors of one system hand to each other.
void local_hop(benchmark::State& state) {
  own_system system{static_cast<std::uint32_t>(state.range(0))};
  auto values = matrix{128, 16};
  activation first{{}, std::move(values).freeze()};
  for (auto _ : state) {
    auto done = std::make_shared<std::promise<void>>();
    auto a = system.get().spawn(player, done);
    auto b = system.get().spawn(player, done);
    post_to(a, first, b);
    done->get_future().wait();
    caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(b, caf::exit_reason::user_shutdown);
  }
  state.counters["hop"] = benchmark::Counter(
    hops, benchmark::Counter::kIsIterationInvariantRate
            | benchmark::Counter::kInvert);
}

BENCHMARK(local_hop)->Arg(1)->Arg(2)->UseRealTime();

/// From tensor to frames and back, without a socket. Argument: bytes.
struct to_inbound : frame_sink {
  caf::error on_frame(const frame_prefix& prefix,
                      std::span<const std::byte> payload) override {
    return tensors.announce(prefix.stream, *head_from(payload), true, memory);
  }

  caf::error on_tensor_bytes(const frame_prefix& prefix,
                             std::span<const std::byte> bytes) override {
    auto whole = tensors.add(prefix.stream, bytes);
    return whole ? caf::error{} : whole.error();
  }

  inbound_tensors tensors;
  memory_account_ptr memory = std::make_shared<memory_account>();
};

void frames_of_a_tensor(benchmark::State& state) {
  auto columns = static_cast<std::size_t>(state.range(0)) / sizeof(float);
  auto values = matrix{1, columns}.freeze();
  outbox out;
  to_inbound sink;
  frame_reader reader;
  reader.handshake_done();
  frame_batch batch;
  for (auto _ : state) {
    out.add(activation{{}, values});
    while (out.take_frame(batch)) {
      for (const auto& piece : batch.pieces())
        if (reader.feed(
              {static_cast<const std::byte*>(piece.iov_base), piece.iov_len},
              sink))
          state.SkipWithError("a frame was refused");
      batch.clear();
    }
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(frames_of_a_tensor)->Arg(64)->Arg(4096)->Arg(1 << 20);

/// A connected pair over loopback TCP.
std::pair<int, int> connected_sockets() {
  auto listening = *listen_at({"127.0.0.1", 0});
  endpoint at{"127.0.0.1", port_of(listening)};
  auto dialled = connect_to(at, *find_host(at));
  auto accepted = ::accept(listening, nullptr, nullptr);
  ::close(listening);
  return {*dialled, accepted};
}

/// What one thread can push through to another. Argument: bytes per write.
void raw_socket(benchmark::State& state) {
  auto [from, to] = connected_sockets();
  std::thread reader{[to = to] {
    std::vector<char> buf(std::size_t{1} << 18);
    while (::recv(to, buf.data(), buf.size(), 0) > 0)
      ;
  }};
  std::vector<char> data(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state)
    for (std::size_t done = 0; done < data.size();)
      done += ::send(from, data.data() + done, data.size() - done, 0);
  ::close(from);
  reader.join();
  ::close(to);
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(raw_socket)->Arg(1 << 20)->UseRealTime();

/// Keeps a thread on one core.
void stay_on(pthread_t thread, std::size_t core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  ::pthread_setaffinity_np(thread, sizeof(cores), &cores);
}

/// A few bytes there and back, blocking. Argument: cores. On two, as nodes have
/// them, each side has to be woken on its own core; on one, the system only
/// switches from one side to the other.
void raw_round_trip(benchmark::State& state) {
  auto [here, there] = connected_sockets();
  ::fcntl(here, F_SETFL, ::fcntl(here, F_GETFL) & ~O_NONBLOCK);
  cpu_set_t before;
  ::pthread_getaffinity_np(::pthread_self(), sizeof(before), &before);
  std::thread echo{[fd = there] {
    char buf[64];
    for (ssize_t n = 0; (n = ::recv(fd, buf, sizeof(buf), 0)) > 0;)
      ::send(fd, buf, static_cast<std::size_t>(n), 0);
  }};
  stay_on(::pthread_self(), 0);
  stay_on(echo.native_handle(), static_cast<std::size_t>(state.range(0)) - 1);
  char data[64] = {};
  for (auto _ : state) {
    ::send(here, data, sizeof(data), 0);
    ::recv(here, data, sizeof(data), MSG_WAITALL);
  }
  ::shutdown(here, SHUT_RDWR);
  echo.join();
  ::pthread_setaffinity_np(::pthread_self(), sizeof(before), &before);
  ::close(here);
  ::close(there);
}

BENCHMARK(raw_round_trip)->Arg(1)->Arg(2)->UseRealTime();

/// Inferences of a layer that lives on another actor system: a tensor of so
/// many bytes each way per request, several at once. Argument: bytes.
void tensor_over_a_link(benchmark::State& state) {
  constexpr std::size_t rows = 256;
  auto width = static_cast<std::uint64_t>(state.range(0)) / 4 / rows;
  session_options options;
  options.net = *network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = width},
     {.name = "out", .neurons = 1, .inputs = {0}}});
  options.request = *parse_request("percentage=0,100", false, "");
  options.nodes = "inside:2";
  options.node_options.threads = 1;
  auto on = session::open(options);
  if (!on)
    return state.SkipWithError("no session");
  auto samples = matrix{rows * 8, width}.freeze();
  for (auto _ : state)
    if (!(*on)->ask<inference>(infer{samples}))
      return state.SkipWithError("no inference");
  state.SetBytesProcessed(state.iterations() * 8 * state.range(0));
}

BENCHMARK(tensor_over_a_link)->Arg(1 << 20)->UseRealTime();

} // namespace
