#include "runtime/hosting/node_set.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "actors/link/socket.hpp"
#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/hosting/child_process.hpp"
#include "runtime/hosting/hosted_node.hpp"
#include "runtime/hosting/system.hpp"

namespace ganglion {

namespace {

constexpr std::uint32_t max_nodes = 1024;

/// a, b, ..., z, aa, ab, ...
std::string name_at(std::uint32_t index) {
  std::string result(1, static_cast<char>('a' + index % 26));
  return index < 26 ? result : name_at(index / 26 - 1) + result;
}

/// Without blanks around them; a comma at the end begins nothing.
std::vector<std::string> split(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  std::vector<std::string> result;
  for (;;) {
    auto comma = std::min(text.find(','), text.size());
    auto one = text.substr(0, comma);
    one.remove_prefix(std::min(one.find_first_not_of(blanks), one.size()));
    result.emplace_back(one.substr(0, one.find_last_not_of(blanks) + 1));
    if (comma == text.size())
      break;
    text.remove_prefix(comma + 1);
  }
  if (result.size() > 1 && result.back().empty())
    result.pop_back();
  return result;
}

/// The N of "KIND:N"; nothing where the text is of another kind.
std::optional<caf::expected<std::uint32_t>> count_of(std::string_view text,
                                                     std::string_view kind) {
  if (!text.starts_with(kind))
    return std::nullopt;
  auto digits = text.substr(kind.size());
  std::uint32_t count = 0;
  auto last = digits.data() + digits.size();
  auto [end, code] = std::from_chars(digits.data(), last, count);
  if (code == std::errc{} && end == last && count >= 1 && count <= max_nodes)
    return count;
  return make_failure(errc::bad_argument,
                      fmt::format("'{}': write a number of nodes from 1 to {} "
                                  "after '{}'",
                                  text, max_nodes, kind));
}

std::uint32_t threads_per_node(const node_set_options& options,
                               std::uint32_t nodes) {
  if (options.threads > 0)
    return options.threads;
  return std::max(std::thread::hardware_concurrency() / nodes, 1u);
}

/// Descriptors that so many nodes take in one process: of each pair both ends
/// are here, with a socket and what its loop waits at.
std::uint64_t descriptors_for(std::uint64_t nodes) {
  constexpr std::uint64_t per_end = 3;
  constexpr std::uint64_t per_node = 9;
  constexpr std::uint64_t others = 64;
  return per_end * nodes * (nodes - 1) + per_node * nodes + others;
}

caf::error check_descriptors(std::uint32_t nodes) {
  rlimit allowed{};
  auto needed = descriptors_for(nodes);
  if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0 || needed <= allowed.rlim_cur)
    return {};
  auto fit = nodes;
  while (fit > 1 && descriptors_for(fit) > allowed.rlim_cur)
    --fit;
  return make_failure(
    errc::bad_argument,
    fmt::format("'inside:{}': so many nodes in one process need some {} open "
                "files for their connections, and it may have {}: take at most "
                "{}, or local:{}, or let it have more ('ulimit -n')",
                nodes, needed, allowed.rlim_cur, fit, nodes));
}

/// Nodes in this process, which talk through loopback sockets.
class inside_nodes : public node_set {
public:
  explicit inside_nodes(caf::actor_system& host) : host_(host) {
    // nop
  }

  caf::error add(std::string name, const node_set_options& options,
                 std::uint32_t threads) {
    auto first = nodes_.empty();
    if (!first)
      systems_.emplace_back(threads, options.many_groups);
    auto& system = first ? host_ : systems_.back().get();
    hosted_node_options config;
    config.name = std::move(name);
    config.any_arithmetic = options.any_arithmetic;
    config.peer_timeout = options.peer_timeout;
    auto node = hosted_node::start(system, config);
    if (!node)
      return node.error();
    addresses_.push_back(node->info().address);
    nodes_.push_back(std::move(*node));
    return {};
  }

private:
  caf::actor_system& host_;
  std::vector<own_system> systems_;
  /// Stop before their systems.
  std::vector<hosted_node> nodes_;
};

/// Processes that this one starts.
class local_nodes : public node_set {
public:
  caf::error add(const std::string& name, const node_set_options& options,
                 std::uint32_t threads) {
    std::vector<std::string> arguments{
      "node",
      "--name",
      name,
      "--listen",
      "127.0.0.1:0",
      "--threads",
      std::to_string(threads),
      "--peer-timeout",
      std::to_string(options.peer_timeout.count()),
      "--until-eof"};
    if (options.any_arithmetic)
      arguments.emplace_back("--any-arithmetic");
    if (options.many_groups)
      arguments.emplace_back("--many-groups");
    if (!options.log_level.empty())
      arguments.insert(arguments.end(), {"--log-level", options.log_level});
    auto child = child_process::start(options.program, std::move(arguments));
    if (!child)
      return child.error();
    children_.push_back(std::move(*child));
    return {};
  }

  caf::error learn_addresses() {
    for (auto& child : children_) {
      auto line = child.read_line();
      if (!line)
        return line.error();
      addresses_.push_back(line->substr(line->rfind(' ') + 1));
    }
    return {};
  }

  ~local_nodes() override {
    for (auto& child : children_)
      child.ask_to_stop();
  }

private:
  std::vector<child_process> children_;
};

/// Nodes that somebody else runs.
class running_nodes : public node_set {
public:
  explicit running_nodes(std::vector<std::string> addresses) {
    addresses_ = std::move(addresses);
  }
};

caf::error check_doubles(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const auto& x : names) {
    if (auto err = check_text("node", x))
      return err;
    if (x.empty() || !seen.insert(x).second)
      return make_failure(errc::bad_argument,
                          {fmt::format("node '{}' is named twice, or has no "
                                       "name",
                                       x),
                           {},
                           {},
                           {x}});
  }
  return {};
}

using node_set_ptr = std::unique_ptr<node_set>;

/// a, b, c, ...
template <class Nodes>
caf::error add_nodes(Nodes& to, const node_set_options& options,
                     std::uint32_t count) {
  auto threads = threads_per_node(options, count);
  for (std::uint32_t i = 0; i < count; ++i)
    if (auto err = to.add(name_at(i), options, threads))
      return err;
  return {};
}

caf::expected<node_set_ptr> start_inside(caf::actor_system& host,
                                         const node_set_options& options,
                                         std::uint32_t count) {
  if (auto err = check_descriptors(count))
    return err;
  auto result = std::make_unique<inside_nodes>(host);
  if (auto err = add_nodes(*result, options, count))
    return err;
  return node_set_ptr{std::move(result)};
}

/// `text`: as it was asked for.
caf::expected<node_set_ptr> start_local(std::string_view text,
                                        const node_set_options& options,
                                        std::uint32_t count) {
  if (options.program.empty())
    return make_failure(errc::bad_argument,
                        fmt::format("'{}' starts processes: say with which "
                                    "program (node_set_options::program, the "
                                    "path of 'ganglion')",
                                    text));
  auto result = std::make_unique<local_nodes>();
  if (auto err = add_nodes(*result, options, count))
    return err;
  if (auto err = result->learn_addresses())
    return err;
  return node_set_ptr{std::move(result)};
}

} // namespace

caf::expected<std::unique_ptr<node_set>>
node_set::start(caf::actor_system& host, std::string_view text,
                const node_set_options& options) {
  if (auto count = count_of(text, "inside:"))
    return *count ? start_inside(host, options, **count) : count->error();
  if (auto count = count_of(text, "local:"))
    return *count ? start_local(text, options, **count) : count->error();
  auto addresses = parse_addresses(text);
  if (!addresses)
    return make_failure(errc::bad_argument,
                        fmt::format("{}; nodes are inside:N, local:N, or "
                                    "the addresses of running nodes",
                                    explain(addresses.error())));
  return node_set_ptr{std::make_unique<running_nodes>(std::move(*addresses))};
}

caf::expected<std::vector<std::string>> parse_addresses(std::string_view text) {
  auto result = split(text);
  if (auto err = check_doubles(result))
    return err;
  for (const auto& address : result)
    if (auto parsed = parse_endpoint(address); !parsed)
      return parsed.error();
  return result;
}

std::uint32_t host_threads(std::string_view text,
                           const node_set_options& options) {
  auto count = count_of(text, "inside:");
  return count && *count ? threads_per_node(options, **count) : 1;
}

caf::expected<std::vector<std::string>> node_names(std::string_view text) {
  for (auto kind : {"inside:", "local:"}) {
    auto count = count_of(text, kind);
    if (!count)
      continue;
    if (!*count)
      return count->error();
    std::vector<std::string> result;
    for (std::uint32_t i = 0; i < **count; ++i)
      result.push_back(name_at(i));
    return result;
  }
  auto result = split(text);
  if (auto err = check_doubles(result))
    return err;
  return result;
}

} // namespace ganglion
