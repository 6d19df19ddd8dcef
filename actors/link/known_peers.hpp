// The names of the nodes that a node has links to, so that a second one of a
// name is refused in its greeting, and told why, while the first computes with
// this node. Asked on the threads of connections; safe from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include <caf/error.hpp>

#include "actors/link/wire.hpp"

namespace ganglion {

class known_peers {
public:
  known_peers(std::string own_name, std::uint64_t own_incarnation);

  /// Notes a node that greets, in place of another one of its name. Errors:
  /// incompatible, where that one is in use.
  caf::error arrive(const hello& peer);

  /// Those that take part in a deployment from now on, and their incarnations;
  /// none: it has ended.
  void use(std::map<std::string, std::uint64_t> nodes);

  /// A link to it has ended; it may have others.
  void leave(const std::string& name, std::uint64_t incarnation);

private:
  struct entry {
    std::uint64_t incarnation = 0;
    std::string address;
    int links = 0;
  };

  std::string own_name_;
  std::uint64_t own_incarnation_;
  std::mutex mutex_;
  std::map<std::string, entry> peers_;
  std::map<std::string, std::uint64_t> in_use_;
};

} // namespace ganglion
