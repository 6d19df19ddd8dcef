#include "runtime/hosting/cluster.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <caf/scoped_actor.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/ask.hpp"
#include "runtime/hosting/stop_signal.hpp"
#include "runtime/hosting/system.hpp"
#include "runtime/model_store/store/lease.hpp"

namespace ganglion {

namespace {

/// "a program on alpha, process 4711"
std::string default_owner() {
  auto here = this_process("");
  return fmt::format("a program on {}, process {}",
                     printable(here.host, max_name / 2), here.process);
}

constexpr auto signal_interval = std::chrono::milliseconds{20};

/// Ends an engine, which answers all who wait for it, when a signal asks for
/// the end while this lives.
class ends_with_signal {
public:
  ends_with_signal(const stop_signal* stop, engine_actor engine) {
    if (stop)
      thread_ = std::thread{[this, stop, whom = std::move(engine)] {
        std::unique_lock guard{mutex_};
        while (!done_ && !stop->requested())
          changed_.wait_for(guard, signal_interval);
        if (!done_)
          caf::anon_send_exit(whom, caf::exit_reason::user_shutdown);
      }};
  }

  ends_with_signal(const ends_with_signal&) = delete;
  ends_with_signal& operator=(const ends_with_signal&) = delete;

  ~ends_with_signal() {
    {
      std::lock_guard guard{mutex_};
      done_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable())
      thread_.join();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

/// What a command fails with that waited for an engine.
caf::error unless_told_to_end(const stop_signal* stop, const caf::error& why) {
  return stop && stop->requested()
           ? make_failure(errc::cancelled, "interrupted while the nodes were "
                                           "asked")
           : why;
}

} // namespace

cluster::cluster(caf::actor_system& sys, std::string owner)
  : system_(&sys), owner_(owner.empty() ? default_owner() : std::move(owner)) {
  // nop
}

caf::expected<cluster> cluster::start(caf::actor_system& sys,
                                      std::string_view nodes,
                                      const node_set_options& options,
                                      std::string owner) {
  if (auto err = check_types())
    return err;
  if (auto err = check_text("owner", owner))
    return err;
  cluster result{sys, std::move(owner)};
  result.stop_ = options.stop;
  auto started = node_set::start(sys, nodes, options);
  if (!started)
    return started.error();
  result.nodes_ = std::move(*started);
  if (auto err = result.connect_to_nodes(options.peer_timeout))
    return err;
  return result;
}

caf::expected<cluster> cluster::join(caf::actor_system& sys,
                                     const std::vector<std::string>& addresses,
                                     std::string owner) {
  return start(sys, fmt::format("{}", fmt::join(addresses, ",")), {},
               std::move(owner));
}

caf::error cluster::connect_to_nodes(std::chrono::seconds peer_timeout) {
  engine_ = spawn_engine(*system_, owner_, peer_timeout);
  caf::scoped_actor self{*system_};
  ends_with_signal early{stop_, engine_};
  auto view = ask<cluster_view>(self, engine_, connect{nodes_->addresses()});
  if (!view)
    return unless_told_to_end(stop_, view.error());
  view_ = std::move(*view);
  return {};
}

caf::expected<engine_actor> cluster::deploy(deploy_network what) {
  caf::scoped_actor self{*system_};
  if (what.owner.empty())
    what.owner = owner_;
  if (auto err = check_text("owner", what.owner))
    return err;
  ends_with_signal early{stop_, engine_};
  auto done = ask<deployment_info>(self, engine_, std::move(what));
  if (!done)
    return unless_told_to_end(stop_, done.error());
  deployed_ = *done;
  return engine_;
}

cluster::~cluster() {
  if (engine_)
    caf::anon_send_exit(engine_, caf::exit_reason::user_shutdown);
}

} // namespace ganglion
