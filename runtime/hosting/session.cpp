#include "runtime/hosting/session.hpp"

#include <utility>

#include <fmt/format.h>

#include "distributor/distribute.hpp"
#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

/// Groups in all from which nodes are made for many.
constexpr std::uint64_t many_groups_from = 20'000;

/// How long nodes may take to answer a look; what hangs, the engine knows when
/// it is lost.
constexpr auto check_limit = std::chrono::seconds{1};

/// Groups of layers whose neurons are actors by themselves, or by request.
std::uint64_t groups_in(const network& net, std::uint64_t group_size) {
  std::uint64_t result = 0;
  for (const auto& x : net.layers()) {
    auto size = group_size > 0 ? group_size : rule_of(x).usual_group();
    if (!rule_of(x).given() && size > 0)
      result += x.neurons / size;
  }
  return result;
}

} // namespace

caf::expected<std::unique_ptr<session>>
session::open(const session_options& options) {
  std::unique_ptr<session> result{new session};
  result->net_ = options.net;
  result->training_ = options.training;
  if (auto err = result->start_nodes(options))
    return err;
  const auto& view = result->nodes_->view();
  if (options.log)
    for (const auto& x : view.nodes)
      options.log(fmt::format("connected to node '{}' at {}, {} threads",
                              x.name, x.address, x.threads));
  auto where = distribute(options.net, view, options.request);
  if (!where)
    return where.error();
  result->where_ = std::move(*where);
  result->group_size_ = options.group_size;
  result->micro_batches_ = options.micro_batches;
  result->initial_deviation_ = options.initial_deviation;
  result->blank_ = options.blank;
  result->owner_ = options.owner;
  if (auto err = result->deploy())
    return err;
  if (options.log)
    options.log(fmt::format("deployed {} neurons in {} groups",
                            options.net.placeable_count(),
                            result->nodes_->deployed().groups));
  return result;
}

caf::error session::start_nodes(const session_options& options) {
  auto node_options = options.node_options;
  node_options.many_groups = groups_in(options.net, options.group_size)
                             > many_groups_from;
  auto threads = host_threads(options.nodes, node_options);
  system_ = std::make_unique<own_system>(threads, node_options.many_groups);
  self_ = std::make_unique<caf::scoped_actor>(system_->get());
  auto nodes = cluster::start(system_->get(), options.nodes, node_options,
                              options.owner);
  if (!nodes)
    return nodes.error();
  nodes_.emplace(std::move(*nodes));
  return {};
}

caf::error session::deploy() {
  auto engine = nodes_->deploy({net_, where_, training_, group_size_,
                                micro_batches_, owner_, initial_deviation_,
                                blank_});
  return engine ? caf::error{} : engine.error();
}

caf::error session::check() {
  caf::error result;
  // What comes first may be the word of a link that went down; the engine knows
  // which node that was when it is asked again.
  for (int i = 0; i < 2; ++i) {
    auto answer = await<traffic_summary>(
      request_from(self_->ptr(), engine(), check_limit, get_traffic{}));
    if (answer || answer.error() == caf::sec::request_timeout)
      return {};
    result = std::move(answer.error());
  }
  return result;
}

caf::error session::replace(const network& net) {
  auto stopped = ask<traffic_summary>(stop{});
  if (!stopped)
    return stopped.error();
  net_ = net;
  blank_ = false;
  return deploy();
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

} // namespace ganglion
