// ganglion node: one server of a cluster.
#include <sys/prctl.h>

#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include <caf/scoped_actor.hpp>

#include <fmt/format.h>

#include "actors/node.hpp"
#include "metadata/error.hpp"
#include "runtime/ask.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/storage.hpp"
#include "runtime/system.hpp"

namespace ganglion::cli {

namespace {

struct node_text {
  std::string name;
  std::string listen = "127.0.0.1:4701";
  std::string advertise;
  std::string join;
  /// FROM=TO.
  std::vector<std::string> mappings;
  std::uint32_t threads = 0;
  bool insecure = false;
  bool any_arithmetic = false;
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

caf::expected<node_config> config_from(const node_text& text) {
  auto listen = parse_endpoint(text.listen);
  if (!listen)
    return listen.error();
  if (!is_loopback(*listen) && !text.insecure)
    return make_failure(
      errc::bad_argument,
      fmt::format("{} can be reached from other machines, and nodes do not "
                  "authenticate each other: whoever connects can use this one. "
                  "In a network that you trust, add --insecure; otherwise "
                  "listen on 127.0.0.1",
                  text.listen));
  if (text.name.empty())
    return make_failure(errc::bad_argument, "--name must not be empty");
  node_config result;
  result.name = text.name;
  result.listen = *listen;
  result.advertise = text.advertise;
  result.threads = text.threads > 0 ? text.threads
                                    : std::thread::hardware_concurrency();
  result.any_arithmetic = text.any_arithmetic;
  auto mappings = parse_mappings(text.mappings);
  if (!mappings)
    return mappings.error();
  result.make_storage = [x = std::move(*mappings)](caf::actor_system& sys) {
    return spawn_storage(sys, x);
  };
  return result;
}

caf::error run_node(const node_text& text, const stop_signal& stop) {
  if (text.until_eof)
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto config = config_from(text);
  if (!config)
    return config.error();
  own_system system{config->threads, text.many_groups};
  auto node = start_node(system.get(), *config);
  if (!node)
    return node.error();
  caf::scoped_actor self{system.get()};
  if (!text.join.empty()) {
    auto peer = ask<std::string>(self, node->handle, dial{text.join});
    if (!peer) {
      self->send_exit(node->handle, caf::exit_reason::user_shutdown);
      return peer.error();
    }
    fmt::print("node '{}' joined node '{}' at {}\n", text.name, *peer,
               text.join);
  }
  fmt::print("node '{}' listens at {}\n", text.name, node->info.address);
  std::fflush(stdout);
  stop.wait(text.until_eof);
  if (text.log_level == "info" || text.log_level == "debug")
    fmt::print(stderr, "ganglion: node '{}' stops\n", text.name);
  self->send_exit(node->handle, caf::exit_reason::user_shutdown);
  return {};
}

} // namespace

void add_node(CLI::App& app, chosen& out) {
  auto text = std::make_shared<node_text>();
  auto command = app.add_subcommand("node", "Run one server of a cluster");
  command->add_option("--name", text->name, "Unique within the cluster")
    ->required();
  command
    ->add_option("--listen", text->listen,
                 "Address for peers and engines; port 0: any")
    ->capture_default_str();
  command->add_option("--advertise", text->advertise,
                      "Address that peers are told to dial");
  command->add_option("--join", text->join,
                      "Address of a node to connect to at the start");
  command->add_option("--map", text->mappings,
                      "FROM=TO: this server sees the models that others call "
                      "FROM/... under TO/...");
  command->add_option("--threads", text->threads,
                      "Compute threads (default: all cores)");
  command->add_flag("--insecure", text->insecure,
                    "Allow an address that other machines can reach");
  command->add_flag("--any-arithmetic", text->any_arithmetic,
                    "Allow peers that compute differently");
  command->add_flag("--many-groups", text->many_groups,
                    "For tens of thousands of groups, such as neurons by "
                    "themselves");
  command->add_flag("--until-eof", text->until_eof)->group("");
  add_log_level(*command, text->log_level);
  command->footer("Example: ganglion node --name b --listen 127.0.0.1:4702 "
                  "--join 127.0.0.1:4701");
  command->callback([&out, text] {
    out.run = [text](const stop_signal& stop) { return run_node(*text, stop); };
  });
}

} // namespace ganglion::cli
