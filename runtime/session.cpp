#include "runtime/session.hpp"

#include <utility>

#include <fmt/format.h>

#include "distributor/distribute.hpp"

namespace ganglion {

namespace {

/// Groups in all from which nodes are made for many.
constexpr std::uint64_t many_groups_from = 20'000;

} // namespace

caf::expected<std::unique_ptr<session>>
session::open(const session_options& options) {
  std::unique_ptr<session> result{new session};
  auto node_options = options.node_options;
  if (options.group_size > 0)
    node_options.many_groups = options.net.placeable_count()
                                 / options.group_size
                               > many_groups_from;
  auto nodes = node_set::start(options.nodes, node_options);
  if (!nodes)
    return nodes.error();
  result->net_ = options.net;
  result->training_ = options.training;
  result->nodes_ = std::move(*nodes);
  auto system = result->nodes_->first_system();
  if (!system) {
    result->system_ = std::make_unique<own_system>(1);
    system = &result->system_->get();
  }
  result->self_ = std::make_unique<caf::scoped_actor>(*system);
  result->engine_ = spawn_engine(*system, options.owner);
  auto cluster = result->ask<cluster_view>(
    connect{result->nodes_->addresses()});
  if (!cluster)
    return cluster.error();
  result->cluster_ = std::move(*cluster);
  if (options.log)
    for (const auto& x : result->cluster_.nodes)
      options.log(fmt::format("connected to node '{}' at {}, {} threads",
                              x.name, x.address, x.threads));
  auto where = distribute(options.net, result->cluster_, options.request);
  if (!where)
    return where.error();
  result->where_ = std::move(*where);
  auto done = result->ask<deployment_info>(
    deploy_network{options.net, result->where_, options.training,
                   options.group_size, options.micro_batches, options.owner});
  if (!done)
    return done.error();
  if (options.log)
    options.log(fmt::format("deployed {} neurons in {} groups",
                            options.net.placeable_count(), done->groups));
  return result;
}

caf::expected<rearranged> session::rearrange(const placement& where,
                                             const training_options& training) {
  auto done = ask<rearranged>(ganglion::rearrange{where, training});
  if (done) {
    where_ = where;
    training_ = training;
  }
  return done;
}

session::~session() {
  if (engine_)
    caf::anon_send_exit(engine_, caf::exit_reason::user_shutdown);
  engine_ = nullptr;
  self_.reset();
  system_.reset();
  nodes_.reset();
}

} // namespace ganglion
