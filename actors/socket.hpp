// TCP sockets before an actor owns them: where to listen or connect, with
// errors that name the address. Blocking, but never for longer than a few
// seconds; no state, any thread. Bytes are none of its business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

namespace ganglion {

/// Where to listen or connect.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// "127.0.0.1:4701", "host:4701" or "[::1]:4701"; an error that names the text.
caf::expected<endpoint> parse_endpoint(std::string_view text);

std::string to_string(const endpoint& x);

/// Whether the host is this machine's loopback.
bool is_loopback(const endpoint& x);

/// A listening socket. Errors: system (port in use, not an address of this
/// machine).
caf::expected<int> listen_at(const endpoint& at);

/// The port of a bound socket.
std::uint16_t port_of(int socket);

/// A connected socket, within 3 s. Errors: bad_argument, unreachable.
caf::expected<int> connect_to(const std::string& address);

} // namespace ganglion
