// ganglion node: one server of a cluster.
#include <sys/prctl.h>

#include <csignal>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "runtime/cli/commands.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/showing/terminal.hpp"
#include "runtime/hosting/advertised.hpp"
#include "runtime/hosting/hosted_node.hpp"
#include "runtime/hosting/system.hpp"

namespace ganglion::cli {

namespace {

struct node_text {
  hosted_node_options node{.listen = "127.0.0.1:4701"};
  std::string join;
  /// FROM=TO.
  std::vector<std::string> mappings;
  std::uint32_t threads = 0;
  std::chrono::seconds::rep peer_timeout = default_peer_timeout.count();
  bool many_groups = false;
  /// Of a process that a command starts: it ends with its parent.
  bool until_eof = false;
  std::string log_level = "warning";
};

caf::expected<std::vector<path_mapping>>
parse_mappings(const std::vector<std::string>& texts) {
  std::vector<path_mapping> result;
  for (const auto& x : texts) {
    auto mapping = parse_mapping(x);
    if (!mapping)
      return mapping.error();
    result.push_back(std::move(*mapping));
  }
  return result;
}

/// Only where an address was chosen that may be no good: dialling takes a
/// while.
void warn_of_address(const hosted_node_options& options,
                     const std::string& address) {
  auto listens = parse_endpoint(options.listen);
  if (!listens || (options.advertise.empty() && !is_any(*listens)))
    return;
  if (auto concern = concern_about(address, *listens); !concern.empty())
    print_error("ganglion: {}\n", concern);
}

caf::error run_node(const node_text& text, const stop_signal& stop) {
  if (text.until_eof)
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto options = text.node;
  auto mappings = parse_mappings(text.mappings);
  if (!mappings)
    return mappings.error();
  options.mappings = std::move(*mappings);
  options.peer_timeout = std::chrono::seconds{text.peer_timeout};
  own_system system{text.threads, text.many_groups};
  auto node = hosted_node::start(system.get(), options);
  if (!node)
    return node.error();
  const auto& name = options.name;
  if (!text.join.empty()) {
    auto peer = node->join(text.join);
    if (!peer)
      return peer.error();
    fmt::print("node '{}' joined node '{}' at {}\n", name, *peer, text.join);
  }
  fmt::print("node '{}' listens at {}\n", name, node->info().address);
  std::fflush(stdout);
  warn_of_address(options, node->info().address);
  stop.wait(text.until_eof, node->ended());
  if (auto err = node->fault())
    return err;
  if (text.log_level == "info" || text.log_level == "debug")
    print_error("ganglion: node '{}' stops\n", name);
  return {};
}

/// Who it is, and how others and it find each other.
void add_address_options(CLI::App& app, node_text& out) {
  app.add_option("--name", out.node.name, "Unique within the cluster")
    ->required();
  app
    .add_option("--listen", out.node.listen,
                "Address for peers and engines; port 0: any")
    ->capture_default_str();
  app.add_option("--advertise", out.node.advertise,
                 "Address that peers are told to dial");
  app.add_option("--join", out.join,
                 "Address of a node to connect to at the start");
}

/// Where models may be, and what they are called elsewhere.
void add_share_options(CLI::App& app, node_text& out) {
  app.add_option("--map", out.mappings,
                 "FROM=TO: this server sees the models that others call "
                 "FROM/... under TO/...");
  app.add_option("--share", out.node.shares,
                 "DIR: read and write models below it alone; may be given "
                 "again (default: anywhere on a loopback address, nowhere "
                 "on others)");
}

} // namespace

void add_node(CLI::App& app, chosen& out) {
  auto text = std::make_shared<node_text>();
  auto command = app.add_subcommand("node", "Run one server of a cluster");
  add_address_options(*command, *text);
  add_share_options(*command, *text);
  command->add_option("--threads", text->threads,
                      "Compute threads (default: all cores)");
  command->add_flag("--insecure", text->node.insecure,
                    "Allow an address that other machines can reach");
  command->add_flag("--any-arithmetic", text->node.any_arithmetic,
                    "Allow peers that compute differently");
  add_peer_timeout(*command, text->peer_timeout);
  command->add_flag("--many-groups", text->many_groups,
                    "For tens of thousands of groups, such as neurons by "
                    "themselves");
  command->add_option("--drill", text->node.drill,
                      "KIND:FAULT@N: have one of its actors throw, hang or "
                      "drop a message, to see what the cluster does");
  command->add_flag("--until-eof", text->until_eof)->group("");
  add_log_level(*command, text->log_level);
  command->footer("Example: ganglion node --name b --listen 127.0.0.1:4702 "
                  "--join 127.0.0.1:4701");
  command->callback([&out, text] {
    out.run = [text](const stop_signal& stop) { return run_node(*text, stop); };
  });
}

} // namespace ganglion::cli
