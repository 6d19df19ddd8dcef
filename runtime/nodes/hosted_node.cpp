#include "runtime/nodes/hosted_node.hpp"

#include <memory>
#include <utility>

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

#include "actors/node.hpp"
#include "metadata/error.hpp"
#include "metadata/names.hpp"
#include "runtime/ask.hpp"
#include "runtime/nodes/storage.hpp"
#include "runtime/system.hpp"

namespace ganglion {

namespace {

/// What the node reads and writes at the word of others.
caf::expected<std::shared_ptr<file_system>>
files_for(const hosted_node_options& options, const endpoint& listen) {
  if (options.shares.empty() && is_loopback(listen))
    return std::shared_ptr<file_system>{make_posix_files()};
  auto files = make_shared_files(options.shares);
  if (!files)
    return files.error();
  return std::shared_ptr<file_system>{std::move(*files)};
}

caf::expected<node_config> config_from(const caf::actor_system& sys,
                                       const hosted_node_options& options) {
  if (auto err = check_node_name(options.name))
    return err;
  auto listen = parse_endpoint(options.listen);
  if (!listen)
    return listen.error();
  if (!is_loopback(*listen) && !options.insecure)
    return make_failure(
      errc::bad_argument,
      fmt::format("{} can be reached from other machines, and nodes do not "
                  "authenticate each other: whoever connects can use this one. "
                  "In a network that you trust, add --insecure (insecure = "
                  "true); otherwise listen on 127.0.0.1",
                  options.listen));
  if (!options.advertise.empty())
    if (auto parsed = parse_endpoint(options.advertise); !parsed)
      return parsed.error();
  node_config result;
  result.name = options.name;
  result.listen = *listen;
  result.advertise = options.advertise;
  result.threads = threads_of(sys);
  result.any_arithmetic = options.any_arithmetic;
  auto files = files_for(options, *listen);
  if (!files)
    return files.error();
  result.make_storage = [x = options.mappings,
                         y = std::move(*files)](caf::actor_system& on) {
    return spawn_storage(on, x, y);
  };
  return result;
}

} // namespace

caf::expected<hosted_node>
hosted_node::start(caf::actor_system& sys, const hosted_node_options& options) {
  if (auto err = check_types())
    return err;
  auto config = config_from(sys, options);
  if (!config)
    return config.error();
  auto node = start_node(sys, *config);
  if (!node)
    return node.error();
  return hosted_node{sys, std::move(node->handle), std::move(node->info)};
}

hosted_node::hosted_node(caf::actor_system& sys, caf::actor handle,
                         node_info info)
  : system_(&sys), handle_(std::move(handle)), info_(std::move(info)) {
  // nop
}

hosted_node::~hosted_node() {
  if (handle_)
    caf::anon_send_exit(handle_, caf::exit_reason::user_shutdown);
}

caf::expected<std::string> hosted_node::join(const std::string& address) {
  caf::scoped_actor self{*system_};
  return ask<std::string>(self, handle_, dial{address});
}

} // namespace ganglion
