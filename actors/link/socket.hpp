// TCP sockets before an actor owns them: where to listen or connect, with
// errors that name the address. Finding a name blocks for as long as the
// system's resolver does, connecting for a few seconds at most; no state, any
// thread. Bytes are none of its business.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

/// The system's, whose header has names that ours would be taken for.
struct addrinfo;

namespace ganglion {

/// Where to listen or connect.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// "127.0.0.1:4701", "host:4701" or "[::1]:4701"; an error that names the text.
caf::expected<endpoint> parse_endpoint(std::string_view text);

std::string to_string(const endpoint& x);

/// Whether the host stands for all addresses of a machine.
bool is_any(const endpoint& x);

/// Whether the host is this machine's loopback.
bool is_loopback(const endpoint& x);

/// A listening socket. Errors: system (port in use, not an address of this
/// machine).
caf::expected<int> listen_at(const endpoint& at);

/// The port of a bound socket.
std::uint16_t port_of(int socket);

/// What a host's name stands for.
using host_addresses = std::shared_ptr<addrinfo>;

/// Whether looking an address up asks nobody: its host is a number already.
bool is_numeric(const endpoint& at);

/// Errors: unreachable.
caf::expected<host_addresses> find_host(const endpoint& at);

/// A connected socket, within 3 s. Errors: unreachable.
caf::expected<int> connect_to(const endpoint& at, const host_addresses& found);

/// "10.0.0.5": what a host's name stands for, the first of several.
std::string number_of(const host_addresses& found);

/// An address of this machine that others may know it by; empty where it has
/// none but its loopback.
std::string address_for_others();

/// Who is at the other end of a connected socket, or where nobody is.
endpoint peer_of(int socket);

/// How the system finds out that the peer is gone, or only was for a while:
/// what it does not acknowledge for so long ends the connection, and until then
/// it is sent again often enough that little of that time is lost.
void watch_peer(int socket, std::chrono::milliseconds timeout);

} // namespace ganglion
