#include "actors/link/known_peers.hpp"

#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

caf::error name_taken(const std::string& name, const std::string& where) {
  return make_failure(
    errc::incompatible,
    {fmt::format("another node named '{}' is here already{}: give this one "
                 "another --name, or stop that one first",
                 name, where),
     {},
     {},
     {name}});
}

} // namespace

known_peers::known_peers(std::string own_name, std::uint64_t own_incarnation)
  : own_name_(std::move(own_name)), own_incarnation_(own_incarnation) {
  // nop
}

caf::error known_peers::arrive(const hello& peer) {
  if (peer.engine)
    return {};
  if (peer.name == own_name_ && peer.incarnation != own_incarnation_)
    return name_taken(peer.name, "");
  std::lock_guard guard{mutex_};
  auto& x = peers_[peer.name];
  if (x.incarnation != peer.incarnation) {
    auto used = in_use_.find(peer.name);
    if (x.links > 0 && used != in_use_.end() && used->second == x.incarnation)
      return name_taken(peer.name, fmt::format(", at {}", x.address));
    x.links = 0;
  }
  x.incarnation = peer.incarnation;
  x.address = peer.address;
  ++x.links;
  return {};
}

void known_peers::use(std::map<std::string, std::uint64_t> nodes) {
  std::lock_guard guard{mutex_};
  in_use_ = std::move(nodes);
}

void known_peers::leave(const std::string& name, std::uint64_t incarnation) {
  std::lock_guard guard{mutex_};
  auto i = peers_.find(name);
  if (i != peers_.end() && i->second.incarnation == incarnation
      && --i->second.links == 0)
    peers_.erase(i);
}

} // namespace ganglion
