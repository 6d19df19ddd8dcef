// How an engine moves neurons between steps, and what follows from a placement.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"
#include "runtime/engine/ask.hpp"

namespace ganglion {

namespace {

/// Values per sample that a node keeps for the way back: what its relays gather
/// and what its groups yield.
std::uint64_t values_on(const network& net, const placement& where,
                        node_index node) {
  std::uint64_t result = 1;
  std::vector<bool> gathered(net.layers().size());
  for (const auto& x : where.held_by(node)) {
    if (net.stands(x.layer))
      continue;
    result += x.range.count * net.at(x.layer).values;
    for (auto input : net.rows_of(x.layer)) {
      result += gathered[input] ? 0 : net.width_of(input);
      gathered[input] = true;
    }
  }
  return result;
}

} // namespace

caf::expected<registry_ptr> engine_state::routes_for(const deploy& of) {
  local_actors actors;
  for (const auto& y : nodes)
    actors.links.push_back(y.up->link);
  actors.engine = caf::actor_cast<caf::actor>(self);
  return registry::make(of.net, of.where, of.cluster, std::nullopt,
                        of.group_size, std::move(actors));
}

void engine_state::attach_links() {
  for (node_index i = 0; i < nodes.size(); ++i)
    if (!nodes[i].here)
      post_to(nodes[i].up->link, attach{now->what, now->routes, i});
}

void engine_state::measure(engine_deployment& x) {
  const auto& what = *x.what;
  x.working_nodes.clear();
  x.values_per_sample = 1;
  x.reads_tokens = limits_of(what.net).has_value();
  for (node_index i = 0; i < what.cluster.nodes.size(); ++i) {
    if (!what.where.held_by(i).empty())
      x.working_nodes.insert(i);
    x.values_per_sample = std::max(x.values_per_sample,
                                   values_on(what.net, what.where, i));
  }
}

caf::error engine_state::check_keeps() const {
  if (now->keeps.empty())
    return {};
  return make_failure(errc::busy,
                      fmt::format("step {} was kept, and nobody has asked for "
                                  "its shards yet: send get_shards first",
                                  now->keeps.begin()->first));
}

engine_state::promise<rearranged> engine_state::on_rearrange(rearrange& x) {
  forget_conversations();
  auto wanted = std::move(x);
  return enqueue_query<rearranged>([this, wanted](promise<rearranged> answer) {
    auto what = std::make_shared<deploy>(*now->what);
    ++what->epoch;
    what->where = wanted.where;
    what->training = wanted.training;
    auto err = check_keeps();
    auto routes = routes_for(*what);
    if (!err && !routes)
      err = routes.error();
    if (err) {
      answer.deliver(std::move(err));
      return query_done();
    }
    auto prepared = [=, this,
                     made = std::move(*routes)](const caf::error& why) {
      if (why)
        drop_move(why, answer);
      else
        settle(what, made, answer);
    };
    ask_all<prepare_move>(
      {what->run, what->epoch, now->steps, what->where, what->training},
      std::move(prepared));
  });
}

engine_state::promise<rate_set> engine_state::on_set_rate(set_rate x) {
  return enqueue_query<rate_set>([this, x](promise<rate_set> answer) {
    auto what = std::make_shared<deploy>(*now->what);
    what->training.optimizer.learning_rate = x.learning_rate;
    if (auto err = check(what->training)) {
      answer.deliver(std::move(err));
      return query_done();
    }
    auto changed = [=, this](const caf::error& why) mutable {
      // Some have it and some have not: there is no way on.
      if (why)
        return end_run(why);
      now->what = what;
      answer.deliver(rate_set{});
      query_done();
    };
    ask_all<change_rate>({what->run, x.learning_rate}, std::move(changed));
  });
}

engine_state::promise<step_set> engine_state::on_set_step(set_step x) {
  forget_conversations();
  return enqueue_query<step_set>([this, x](promise<step_set> answer) {
    if (auto err = check_keeps()) {
      answer.deliver(std::move(err));
      return query_done();
    }
    auto changed = [=, this](const caf::error& why) mutable {
      // Some have it and some have not: there is no way on.
      if (why)
        return end_run(why);
      now->steps = x.step;
      renew_rows([=, this]() mutable {
        answer.deliver(step_set{});
        query_done();
      });
    };
    ask_all<change_step>({now->what->run, x.step}, std::move(changed));
  });
}

void engine_state::drop_move(const caf::error& why,
                             promise<rearranged> answer) {
  auto dropped = [=, this](const caf::error& other) mutable {
    answer.deliver(why);
    other ? end_run(other) : query_done();
  };
  ask_all<settle_move>({now->what->run, now->what->epoch + 1, false},
                       std::move(dropped));
}

void engine_state::settle(deployment_ptr next, registry_ptr routes,
                          promise<rearranged> answer) {
  now->what = std::move(next);
  now->routes = std::move(routes);
  now->model_open = false;
  measure(*now);
  attach_links();
  now->groups = 0;
  for (layer_id id = 0; id < now->net().layers().size(); ++id)
    now->groups += now->routes->groups_of(id).size();
  auto settled = [=, this](const caf::error& why) mutable {
    // Some have changed over and some have not: there is no way on.
    if (why)
      return end_run(why);
    renew_rows([=, this]() mutable {
      answer.deliver(rearranged{now->what->epoch, now->groups});
      query_done();
    });
  };
  ask_all<settle_move>({now->what->run, now->what->epoch, true},
                       std::move(settled));
}

} // namespace ganglion
