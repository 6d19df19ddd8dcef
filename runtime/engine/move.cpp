// How an engine moves neurons between steps, and what follows from a placement.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/ask_all.hpp"

namespace ganglion {

namespace {

/// Values per sample that a node keeps for the way back: what its relays gather
/// and what its groups yield.
std::uint64_t values_on(const network& net, const placement& where,
                        node_index node) {
  std::uint64_t result = 1;
  std::vector<bool> gathered(net.layers().size());
  for (const auto& x : where.held_by(node)) {
    result += x.range.count * net.at(x.layer).values;
    for (auto input : net.at(x.layer).inputs) {
      result += gathered[input] ? 0 : net.width_of(input);
      gathered[input] = true;
    }
  }
  return result;
}

} // namespace

caf::expected<registry_ptr> engine_state::routes_for(const network& of,
                                                     const placement& where) {
  local_actors actors;
  for (const auto& y : nodes)
    actors.links.push_back(y.up->link);
  actors.engine = caf::actor_cast<caf::actor>(self);
  return registry::make(of, where, cluster, std::nullopt, group_size,
                        std::move(actors));
}

void engine_state::attach_links() {
  for (const auto& y : nodes)
    if (!y.here)
      post_to(y.up->link, attach{deployment.run, epoch, routes});
}

void engine_state::measure(const placement& where) {
  working_nodes = 0;
  values_per_sample = 1;
  for (node_index i = 0; i < cluster.nodes.size(); ++i) {
    working_nodes += where.held_by(i).empty() ? 0 : 1;
    values_per_sample = std::max(values_per_sample, values_on(net, where, i));
  }
}

caf::error engine_state::check_keeps() const {
  if (keeps.empty())
    return {};
  return make_failure(errc::busy,
                      fmt::format("step {} was kept, and nobody has asked for "
                                  "its shards yet: send get_shards first",
                                  keeps.begin()->first));
}

engine_state::promise<rearranged> engine_state::on_rearrange(rearrange& x) {
  auto wanted = std::move(x);
  return enqueue_query<rearranged>([this, wanted](promise<rearranged> answer) {
    auto err = check_keeps();
    auto next = routes_for(net, wanted.where);
    if (!err && !next)
      err = next.error();
    if (err) {
      answer.deliver(std::move(err));
      return query_done();
    }
    auto prepared = [=, this, made = std::move(*next)](const caf::error& why) {
      if (not_running())
        promise<rearranged>{answer}.deliver(why);
      else if (why)
        drop_move(why, answer);
      else
        settle(wanted, made, answer);
    };
    ask_nodes<move_prepared>(prepare_move{deployment.run, epoch + 1, steps,
                                          wanted.where, wanted.training},
                             std::move(prepared));
  });
}

void engine_state::drop_move(const caf::error& why,
                             promise<rearranged> answer) {
  auto dropped = [=, this](const caf::error& other) mutable {
    answer.deliver(why);
    if (!not_running())
      other ? fail(other) : query_done();
  };
  ask_nodes<move_settled>(settle_move{deployment.run, epoch + 1, false},
                          std::move(dropped));
}

void engine_state::settle(const rearrange& x, registry_ptr next,
                          promise<rearranged> answer) {
  ++epoch;
  routes = std::move(next);
  measure(x.where);
  model_open = false;
  attach_links();
  deployment.groups = 0;
  for (layer_id id = 0; id < net.layers().size(); ++id)
    deployment.groups += routes->groups_of(id).size();
  auto settled = [=, this](const caf::error& why) mutable {
    // Some have changed over and some have not: there is no way on.
    if (why) {
      answer.deliver(why);
      if (!not_running())
        fail(why);
      return;
    }
    answer.deliver(rearranged{epoch, deployment.groups});
    query_done();
  };
  ask_nodes<move_settled>(settle_move{deployment.run, epoch, true},
                          std::move(settled));
}

} // namespace ganglion
