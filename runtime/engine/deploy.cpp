// How an engine puts a network onto its nodes.
#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/placement/groups.hpp"
#include "runtime/engine/ask.hpp"

namespace ganglion {

namespace {

std::uint64_t draw_run() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

} // namespace

caf::error engine_state::not_running() const {
  if (now && !now->answer)
    return {};
  if (ended)
    return ended;
  return make_failure(errc::bad_argument,
                      "no network is deployed: send deploy_network first");
}

caf::error engine_state::not_usable() const {
  if (auto err = not_running())
    return err;
  if (!now->unusable)
    return {};
  return make_failure(errc::bad_model,
                      fmt::format("no commit was loaded completely: load one "
                                  "first ({})",
                                  explain(now->unusable)));
}

void engine_state::on_attach(const attach& x) {
  // A node of this actor system says who is there; no link is in between.
  if (!now || !x.routes || x.what->run != now->what->run
      || x.what->epoch != now->what->epoch)
    return;
  now->routes = now->routes->beside(*x.routes);
  now->metrics_here = x.metrics;
}

engine_state::promise<deployment_info>
engine_state::on_deploy(deploy_network& x) {
  auto answer = self->make_response_promise<deployment_info>();
  auto next = prepare(x);
  if (!next) {
    answer.deliver(std::move(next.error()));
    return answer;
  }
  ended = {};
  now = std::move(*next);
  now->answer = answer;
  attach_links();
  auto failed = [this](const caf::error& why) { end_run(why); };
  for (node_index i = 0; i < nodes.size() && now; ++i)
    ask<deploy>(
      i, *now->what, [this](const deployed& y) { on_deployed(y); }, failed);
  return answer;
}

caf::expected<engine_deployment> engine_state::prepare(deploy_network& x) {
  if (cluster.nodes.empty() || connecting)
    return ended
             ? ended
             : make_failure(errc::bad_argument, "no nodes: send connect first");
  if (now)
    return make_failure(errc::bad_argument,
                        "a network is deployed already: send stop first");
  if (x.micro_batches == 0)
    return make_failure(errc::bad_argument, "micro-batches must be 1 or more");
  if (auto err = check_group_size(x.net, x.group_size))
    return err;
  if (auto order = topological_order(x.net); !order)
    return order.error();
  engine_deployment result;
  result.what = std::make_shared<const deploy>(deploy{
    draw_run(), 1, x.owner, cluster, std::move(x.net), std::move(x.where),
    x.training, x.group_size, x.initial_deviation, x.blank});
  auto routes = routes_for(*result.what);
  if (!routes)
    return routes.error();
  result.routes = std::move(*routes);
  result.micro_batches = x.micro_batches;
  result.undeployed = nodes.size();
  if (x.blank)
    result.unusable = make_failure(errc::bad_model, "none was yet");
  measure(result);
  return result;
}

void engine_state::on_deployed(const deployed& x) {
  now->groups += x.groups;
  if (--now->undeployed > 0)
    return;
  renew_rows([this] {
    auto answer = *std::exchange(now->answer, std::nullopt);
    answer.deliver(deployment_info{now->what->run, now->groups});
  });
}

} // namespace ganglion
