// The names of the nodes that a node has links to, so that a second one of a
// name is refused in its greeting, and told why. Asked on the threads of
// connections; safe from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include <caf/error.hpp>

#include "actors/wire.hpp"

namespace ganglion {

class known_peers {
public:
  known_peers(std::string own_name, std::uint64_t own_incarnation);

  /// Notes a node that greets. Errors: incompatible, where another one of its
  /// name is there; it keeps its place until it is gone.
  caf::error arrive(const hello& peer);

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
};

} // namespace ganglion
