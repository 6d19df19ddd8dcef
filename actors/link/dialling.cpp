#include "actors/link/dialling.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "actors/link/link_port.hpp"
#include "actors/link/socket.hpp"
#include "actors/link/worker_pool.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

using dial_clock = std::chrono::steady_clock;

constexpr std::size_t threads_per_pool = 8;

/// Nobody waits for a connection for longer; what waited for so long for a
/// thread is given up, or one who names many dead addresses would keep others
/// from connecting for hours.
constexpr auto patience = std::chrono::seconds{8};

/// Names are looked up apart from connecting, so that a name server that does
/// not answer is nothing to those who dial by number. Both are there for as
/// long as the process, since a thread may come back from a name server at its
/// end.
worker_pool& resolvers() {
  static auto& result = *new worker_pool{threads_per_pool};
  return result;
}

worker_pool& connectors() {
  static auto& result = *new worker_pool{threads_per_pool};
  return result;
}

struct dial_job {
  std::shared_ptr<link_port> port;
  endpoint to;
  dial_clock::time_point begin = dial_clock::now();
};

/// Does one thing for a link that still wants it.
template <class F>
void attempt(const dial_job& x, F f) {
  if (!x.port->wanted())
    return;
  if (dial_clock::now() - x.begin < patience)
    return f();
  link_port::connected(
    x.port, make_failure(errc::unreachable,
                         fmt::format("there was no time to connect to {}: too "
                                     "many addresses are dialled at once",
                                     to_string(x.to))));
}

/// A job for a pool, which takes none that throw.
template <class F>
std::function<void()> job_for(dial_job x, F f) {
  return [x = std::move(x), f = std::move(f)]() noexcept {
    try {
      attempt(x, [&] { f(x); });
    } catch (const std::exception& err) {
      link_port::dial_failed(x.port, err.what());
    }
  };
}

void connect_later(dial_job x, host_addresses found) {
  auto connect = [found = std::move(found)](const dial_job& y) {
    link_port::connected(y.port, connect_to(y.to, found));
  };
  connectors().add(job_for(std::move(x), std::move(connect)));
}

void find_and_connect(const dial_job& x) {
  auto found = find_host(x.to);
  if (found)
    connect_later(x, std::move(*found));
  else
    link_port::connected(x.port, found.error());
}

} // namespace

void dial_for(const std::shared_ptr<link_port>& port) {
  auto to = parse_endpoint(port->config().dialled);
  if (!to)
    return link_port::connected(port, to.error());
  dial_job job{port, std::move(*to)};
  if (is_numeric(job.to))
    return find_and_connect(job);
  resolvers().add(job_for(std::move(job), find_and_connect));
}

} // namespace ganglion
