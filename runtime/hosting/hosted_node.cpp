#include "runtime/hosting/hosted_node.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <utility>

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

#include "actors/node/node.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "metadata/text/names.hpp"
#include "runtime/ask.hpp"
#include "runtime/hosting/storage.hpp"
#include "runtime/hosting/system.hpp"

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

/// Names, times and addresses, before anything is opened; where it listens.
caf::expected<endpoint> checked(const hosted_node_options& options) {
  if (auto err = check_node_name(options.name))
    return err;
  if (options.peer_timeout < min_peer_timeout
      || options.peer_timeout > max_peer_timeout)
    return make_failure(errc::bad_argument,
                        fmt::format("a peer timeout of {} s is out of range: "
                                    "choose {} to {} s",
                                    options.peer_timeout.count(),
                                    min_peer_timeout.count(),
                                    max_peer_timeout.count()));
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
  return listen;
}

caf::expected<node_config> config_from(const caf::actor_system& sys,
                                       const hosted_node_options& options) {
  auto listen = checked(options);
  if (!listen)
    return listen.error();
  node_config result;
  result.name = options.name;
  result.listen = *listen;
  result.advertise = options.advertise;
  result.threads = threads_of(sys);
  result.any_arithmetic = options.any_arithmetic;
  if (!options.drill.empty()) {
    auto exercise = drill::parse(options.drill);
    if (!exercise)
      return exercise.error();
    result.exercise = std::move(*exercise);
  }
  result.peer_timeout = options.peer_timeout;
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

/// How the node has ended, told by whatever thread it ends on.
struct hosted_node::end {
  int file = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::mutex mutex;
  caf::error why;

  ~end() {
    ::close(file);
  }

  void tell(const caf::error& reason) {
    {
      std::lock_guard guard{mutex};
      why = reason;
    }
    std::uint64_t one = 1;
    [[maybe_unused]] auto n = ::write(file, &one, sizeof(one));
  }
};

hosted_node::hosted_node(caf::actor_system& sys, caf::actor handle,
                         node_info info)
  : system_(&sys),
    handle_(std::move(handle)),
    info_(std::move(info)),
    end_(std::make_shared<end>()) {
  at_fault_of(handle_, [x = end_](const caf::error& why) { x->tell(why); });
}

int hosted_node::ended() const noexcept {
  return end_->file;
}

caf::error hosted_node::fault() const {
  std::lock_guard guard{end_->mutex};
  if (!end_->why)
    return {};
  return make_failure(errc::system,
                      {fmt::format("node '{}' ended: {}; start it again",
                                   info_.name, explain(end_->why)),
                       {},
                       {},
                       {info_.name}});
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
