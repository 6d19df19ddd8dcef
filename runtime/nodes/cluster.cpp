#include "runtime/nodes/cluster.hpp"

#include <utility>

#include <caf/scoped_actor.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/names.hpp"
#include "runtime/ask.hpp"
#include "runtime/model_store/lease.hpp"
#include "runtime/system.hpp"

namespace ganglion {

namespace {

/// "a program on alpha, process 4711"
std::string default_owner() {
  auto here = this_process("");
  return fmt::format("a program on {}, process {}",
                     printable(here.host, max_name / 2), here.process);
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
  auto started = node_set::start(sys, nodes, options);
  if (!started)
    return started.error();
  result.nodes_ = std::move(*started);
  if (auto err = result.connect_to_nodes())
    return err;
  return result;
}

caf::expected<cluster> cluster::join(caf::actor_system& sys,
                                     const std::vector<std::string>& addresses,
                                     std::string owner) {
  return start(sys, fmt::format("{}", fmt::join(addresses, ",")), {},
               std::move(owner));
}

caf::error cluster::connect_to_nodes() {
  engine_ = spawn_engine(*system_, owner_);
  caf::scoped_actor self{*system_};
  auto view = ask<cluster_view>(self, engine_, connect{nodes_->addresses()});
  if (!view)
    return view.error();
  view_ = std::move(*view);
  return {};
}

caf::expected<engine_actor> cluster::deploy(deploy_network what) {
  caf::scoped_actor self{*system_};
  if (what.owner.empty())
    what.owner = owner_;
  if (auto err = check_text("owner", what.owner))
    return err;
  auto done = ask<deployment_info>(self, engine_, std::move(what));
  if (!done)
    return done.error();
  deployed_ = *done;
  return engine_;
}

cluster::~cluster() {
  if (engine_)
    caf::anon_send_exit(engine_, caf::exit_reason::user_shutdown);
}

} // namespace ganglion
