#include "runtime/hosting/advertised.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Told an address that stands for all of a machine's, each takes itself for
/// that machine.
std::string concern_about_any(const std::string& advertised,
                              std::uint16_t port) {
  auto own = address_for_others();
  return fmt::format("other nodes are told {}, which every machine takes for "
                     "itself: where they are on other machines, start this "
                     "one with --advertise {}:{}",
                     advertised, own.empty() ? "HOST" : own, port);
}

} // namespace

std::string concern_about(const std::string& advertised,
                          const endpoint& listens) {
  auto at = parse_endpoint(advertised);
  if (!at)
    return explain(at.error());
  if (is_any(*at))
    return concern_about_any(advertised, at->port);
  auto found = find_host(*at);
  if (!found)
    return fmt::format("other nodes are told {}: {}", advertised,
                       explain(found.error()));
  auto number = number_of(*found);
  if (!is_numeric(*at) && is_loopback({number, 0}) && !is_loopback(listens))
    return fmt::format("other nodes are told {}, which is {} here, this "
                       "machine's own loopback (see /etc/hosts): start it with "
                       "--advertise and an address that others can dial",
                       advertised, number);
  auto socket = connect_to(*at, *found);
  if (!socket)
    return fmt::format("other nodes are told {}{}, where this one cannot reach "
                       "itself ({}): if others cannot either, choose another "
                       "--advertise",
                       advertised,
                       is_numeric(*at) ? "" : fmt::format(" ({})", number),
                       explain(socket.error()));
  ::close(*socket);
  return {};
}

} // namespace ganglion
