#include "actors/link/socket.hpp"

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

using clock = std::chrono::steady_clock;

/// For all addresses of a host together.
constexpr auto connect_limit = std::chrono::seconds{3};

/// See tcp(7); younger than the headers of older systems.
constexpr int tcp_rto_max_ms = 44;
constexpr int longest_wait_ms = 1000;

std::string text_of(int code) {
  return std::system_category().message(code);
}

caf::expected<host_addresses> resolve(const endpoint& at, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  auto port = std::to_string(at.port);
  auto code = getaddrinfo(at.host.c_str(), port.c_str(), &hints, &found);
  if (code != 0)
    return make_failure(errc::unreachable,
                        fmt::format("'{}' is not a host that can be found: {}",
                                    printable(at.host), gai_strerror(code)));
  return host_addresses{found, freeaddrinfo};
}

int open_socket(const addrinfo& x) {
  return ::socket(x.ai_family, x.ai_socktype | SOCK_CLOEXEC, x.ai_protocol);
}

/// 0, or the code of the system's error.
int connect_until(int fd, const addrinfo& to, clock::time_point end) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  if (::connect(fd, to.ai_addr, to.ai_addrlen) == 0)
    return 0;
  if (errno != EINPROGRESS)
    return errno;
  pollfd waiting{fd, POLLOUT, 0};
  auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
  auto ready = ::poll(&waiting, 1, std::max(static_cast<int>(left.count()), 0));
  if (ready == 0)
    return ETIMEDOUT;
  int code = 0;
  socklen_t size = sizeof(code);
  if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
    return errno;
  return code;
}

/// What to do where a socket fails for want of something on this side; empty
/// where that is not why.
std::string_view advice_within(int code) {
  switch (code) {
    case EMFILE:
      return "let this process have more ('ulimit -n')";
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return "this machine has no room for more: end other programs first";
    default:
      return {};
  }
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
                                  printable(text)));
}

std::string to_string(const endpoint& x) {
  auto six = x.host.find(':') != std::string::npos;
  return six ? fmt::format("[{}]:{}", x.host, x.port)
             : fmt::format("{}:{}", x.host, x.port);
}

bool is_any(const endpoint& x) {
  return x.host == "0.0.0.0" || x.host == "::";
}

bool is_loopback(const endpoint& x) {
  return x.host == "localhost" || x.host == "::1" || x.host.starts_with("127.");
}

caf::expected<int> listen_at(const endpoint& at) {
  auto found = resolve(at, AI_PASSIVE);
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
  auto advice = advice_within(code);
  if (advice.empty())
    advice = code == EADDRINUSE ? "choose another port, or 0 for any"
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

bool is_numeric(const endpoint& at) {
  return static_cast<bool>(resolve(at, AI_NUMERICHOST));
}

caf::expected<host_addresses> find_host(const endpoint& at) {
  return resolve(at, 0);
}

std::string number_of(const host_addresses& found) {
  std::array<char, NI_MAXHOST> host{};
  if (!found
      || getnameinfo(found->ai_addr, found->ai_addrlen, host.data(),
                     host.size(), nullptr, 0, NI_NUMERICHOST)
           != 0)
    return {};
  return host.data();
}

std::string address_for_others() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0)
    return {};
  std::shared_ptr<ifaddrs> all{first, freeifaddrs};
  for (auto i = first; i != nullptr; i = i->ifa_next) {
    if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET
        || (i->ifa_flags & IFF_UP) == 0 || (i->ifa_flags & IFF_LOOPBACK) != 0)
      continue;
    std::array<char, NI_MAXHOST> host{};
    if (getnameinfo(i->ifa_addr, sizeof(sockaddr_in), host.data(), host.size(),
                    nullptr, 0, NI_NUMERICHOST)
        == 0)
      return host.data();
  }
  return {};
}

caf::expected<int> connect_to(const endpoint& at, const host_addresses& found) {
  auto end = clock::now() + connect_limit;
  int code = 0;
  for (auto i = found.get(); i != nullptr; i = i->ai_next) {
    auto fd = open_socket(*i);
    code = fd >= 0 ? connect_until(fd, *i, end) : errno;
    if (code == 0)
      return fd;
    if (fd >= 0)
      ::close(fd);
  }
  auto address = to_string(at);
  auto number = is_numeric(at) ? std::string{} : number_of(found);
  auto named = number.empty() ? address
                              : fmt::format("{} ({})", address, number);
  if (auto advice = advice_within(code); !advice.empty())
    return make_failure(errc::unreachable,
                        fmt::format("cannot connect to {}: {}; {}", named,
                                    text_of(code), advice));
  return make_failure(errc::unreachable,
                      fmt::format("no node answers at {}: {}; start one there "
                                  "with 'ganglion node --listen {}'",
                                  named, text_of(code), address));
}

endpoint peer_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  auto any = reinterpret_cast<sockaddr*>(&address);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (getpeername(socket, any, &size) != 0
      || getnameinfo(any, size, host.data(), host.size(), port.data(),
                     port.size(), NI_NUMERICHOST | NI_NUMERICSERV)
           != 0)
    return {"an unknown address", 0};
  endpoint result{host.data(), 0};
  constexpr std::string_view mapped = "::ffff:";
  if (result.host.starts_with(mapped))
    result.host.erase(0, mapped.size());
  std::string_view digits{port.data()};
  std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
  return result;
}

void watch_peer(int socket, std::chrono::milliseconds timeout) {
  auto set = [socket](int option, int value) {
    // Systems that do not know one of these notice later.
    ::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof(value));
  };
  set(TCP_USER_TIMEOUT, static_cast<int>(timeout.count()));
  set(TCP_THIN_LINEAR_TIMEOUTS, 1);
  set(tcp_rto_max_ms, longest_wait_ms);
}

} // namespace ganglion
