// The nodes that a command works with, from their text form: actor systems
// inside this process, processes that it starts, or running nodes. They stop
// with it, but for those that were running before.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

namespace ganglion {

struct node_set_options {
  /// Compute threads per node, where this command starts it; 0: all cores,
  /// shared between the nodes.
  std::uint32_t threads = 0;
  bool any_arithmetic = false;
  /// See `configure`.
  bool many_groups = false;
  std::string log_level;
};

class node_set {
public:
  virtual ~node_set() = default;

  /// `inside:3`, `local:3` (both named a, b, c), or addresses
  /// `host:port,host:port`. Errors: bad_argument, system.
  static caf::expected<std::unique_ptr<node_set>>
  start(std::string_view text, const node_set_options& options);

  /// Where they listen, in order.
  [[nodiscard]] const std::vector<std::string>& addresses() const noexcept {
    return addresses_;
  }

  /// The actor system of the first node, where it lives in this process: an
  /// engine in it needs no socket to that node. Null otherwise.
  virtual caf::actor_system* first_system() noexcept {
    return nullptr;
  }

protected:
  std::vector<std::string> addresses_;
};

/// Names for a plan without servers: those of `inside:3` or `local:3`, or
/// `a,b,c` as they are.
caf::expected<std::vector<std::string>> node_names(std::string_view text);

} // namespace ganglion
