// The nodes that a program works with, from their text form: inside this
// process, processes that it starts, or running nodes. They stop with it, but
// for those that were running before. For one thread at a time. See cluster.hpp
// for what is done with them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "metadata/peer_timeout.hpp"

namespace ganglion {

class stop_signal;

struct node_set_options {
  /// Compute threads per node, where this program starts it; 0: all cores,
  /// shared between the nodes. A node inside the host's actor system has that
  /// system's threads.
  std::uint32_t threads = 0;
  /// Whether to work with nodes that compute differently.
  bool any_arithmetic = false;
  /// Of the nodes that this program starts, and of its engine: a peer from
  /// which nothing came for so long is lost; 2 s to an hour.
  std::chrono::seconds peer_timeout = default_peer_timeout;
  /// See `configure`.
  bool many_groups = false;
  /// Of the processes of `local:N`.
  std::string log_level;
  /// The path of the program `ganglion`, for `local:N`.
  std::string program;
  /// Where it asks for the end, nodes that do not answer are not waited for.
  const stop_signal* stop = nullptr;
};

class node_set {
public:
  virtual ~node_set() = default;

  /// `inside:3` (the first node is an actor of `host`, each other one has an
  /// actor system of its own in this process), `local:3` (processes; both named
  /// a, b, c), or addresses `host:port,host:port`. `host` outlives the result.
  /// Errors: bad_argument, system.
  static caf::expected<std::unique_ptr<node_set>>
  start(caf::actor_system& host, std::string_view text,
        const node_set_options& options);

  /// Where they listen, in order.
  [[nodiscard]] const std::vector<std::string>& addresses() const noexcept {
    return addresses_;
  }

protected:
  std::vector<std::string> addresses_;
};

/// Threads for the actor system that is to be the host.
std::uint32_t host_threads(std::string_view text,
                           const node_set_options& options);

/// Addresses of running nodes, host:port,host:port. Errors: bad_argument.
caf::expected<std::vector<std::string>> parse_addresses(std::string_view text);

/// Names for a plan without servers: those of `inside:3` or `local:3`, or
/// `a,b,c` as they are.
caf::expected<std::vector<std::string>> node_names(std::string_view text);

} // namespace ganglion
