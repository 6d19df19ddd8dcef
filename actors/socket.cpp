#include "actors/socket.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

constexpr int connect_limit_ms = 3000;

using addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::string text_of(int code) {
  return std::system_category().message(code);
}

caf::expected<addresses> resolve(const endpoint& at, bool passive) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  auto port = std::to_string(at.port);
  auto code = getaddrinfo(at.host.c_str(), port.c_str(), &hints, &found);
  if (code != 0)
    return make_failure(errc::unreachable,
                        fmt::format("'{}' is not a host that can be found: {}",
                                    at.host, gai_strerror(code)));
  return addresses{found, freeaddrinfo};
}

int open_socket(const addrinfo& x) {
  return ::socket(x.ai_family, x.ai_socktype | SOCK_CLOEXEC, x.ai_protocol);
}

/// 0, or the code of the system's error.
int connect_within(int fd, const addrinfo& to) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  if (::connect(fd, to.ai_addr, to.ai_addrlen) == 0)
    return 0;
  if (errno != EINPROGRESS)
    return errno;
  pollfd waiting{fd, POLLOUT, 0};
  auto ready = ::poll(&waiting, 1, connect_limit_ms);
  if (ready == 0)
    return ETIMEDOUT;
  int code = 0;
  socklen_t size = sizeof(code);
  if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
    return errno;
  return code;
}

} // namespace

caf::expected<endpoint> parse_endpoint(std::string_view text) {
  auto colon = text.rfind(':');
  endpoint result;
  if (colon != std::string_view::npos) {
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
      host = host.substr(1, host.size() - 2);
    auto last = text.data() + text.size();
    auto [end, code] = std::from_chars(text.data() + colon + 1, last,
                                       result.port);
    if (code == std::errc{} && end == last && !host.empty()) {
      result.host = host;
      return result;
    }
  }
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' is not an address: write HOST:PORT, "
                                  "like 127.0.0.1:4701",
                                  text));
}

std::string to_string(const endpoint& x) {
  auto six = x.host.find(':') != std::string::npos;
  return six ? fmt::format("[{}]:{}", x.host, x.port)
             : fmt::format("{}:{}", x.host, x.port);
}

bool is_loopback(const endpoint& x) {
  return x.host == "localhost" || x.host == "::1" || x.host.starts_with("127.");
}

caf::expected<int> listen_at(const endpoint& at) {
  auto found = resolve(at, true);
  if (!found)
    return found.error();
  const auto& address = **found;
  auto fd = open_socket(address);
  int on = 1;
  if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0
      && ::bind(fd, address.ai_addr, address.ai_addrlen) == 0
      && ::listen(fd, SOMAXCONN) == 0)
    return fd;
  auto code = errno;
  if (fd >= 0)
    ::close(fd);
  auto advice = code == EADDRINUSE ? "choose another port, or 0 for any"
                                   : "choose an address of this machine";
  return make_failure(errc::system,
                      fmt::format("cannot listen at {}: {}; {}", to_string(at),
                                  text_of(code), advice));
}

std::uint16_t port_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return 0;
  if (address.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

caf::expected<int> connect_to(const std::string& address) {
  auto to = parse_endpoint(address);
  if (!to)
    return to.error();
  auto found = resolve(*to, false);
  if (!found)
    return found.error();
  int code = 0;
  for (auto i = found->get(); i != nullptr; i = i->ai_next) {
    auto fd = open_socket(*i);
    code = fd >= 0 ? connect_within(fd, *i) : errno;
    int on = 1;
    if (code == 0
        && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0)
      return fd;
    if (fd >= 0)
      ::close(fd);
  }
  return make_failure(errc::unreachable,
                      fmt::format("no node answers at {}: {}; start one there "
                                  "with 'ganglion node --listen {}'",
                                  address, text_of(code), address));
}

} // namespace ganglion
