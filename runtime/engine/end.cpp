// How an engine counts what crossed, and ends: a deployment, or itself.
#include <memory>
#include <utility>
#include <variant>

#include "actors/node.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/state.hpp"

namespace ganglion {

namespace {

/// Time for a node to answer.
constexpr auto request_limit = std::chrono::seconds{10};

void add_report(traffic_summary& to, const std::string& from,
                const traffic_report& x) {
  for (const auto& y : x.links) {
    if (y.engine) {
      to.engine += y.sent + y.received;
    } else {
      to.between_nodes += y.sent;
      to.links.push_back({from, y.peer, y.sent});
    }
  }
}

} // namespace

engine_state::promise<traffic_summary> engine_state::on_traffic(bool and_stop) {
  auto answer = self->make_response_promise<traffic_summary>();
  if (auto err = not_running()) {
    answer.deliver(std::move(err));
    return answer;
  }
  auto run = deployment.run;
  if (and_stop)
    end_run();
  auto result = std::make_shared<traffic_summary>();
  auto missing = std::make_shared<std::size_t>(nodes.size());
  for (const auto& y : nodes) {
    auto add = [=, from = y.up->peer.name](const traffic_report& x) mutable {
      add_report(*result, from, x);
      if (--*missing == 0)
        answer.deliver(*result);
    };
    auto lost = [=](const caf::error& why) mutable { answer.deliver(why); };
    if (and_stop)
      request_from(self, y.up->link, request_limit, release{run})
        .then(add, lost);
    else
      request_from(self, y.up->link, request_limit, fetch_traffic{run})
        .then(add, lost);
  }
  return answer;
}

void engine_state::cancel_jobs(const caf::error& why) {
  auto cancel = [&](job& x) {
    std::visit(
      [&](auto& y) {
        if constexpr (requires { y.answer; })
          y.answer.deliver(why);
        else
          y.fail(why);
      },
      x.what);
  };
  for (auto& x : jobs)
    cancel(*x);
  for (auto& [sequence, x] : flows)
    cancel(*x.owner);
  drop_keeps(why);
  jobs.clear();
  flows.clear();
  values_in_flight = 0;
  query_runs = false;
}

void engine_state::end_run() {
  cancel_jobs(make_failure(errc::cancelled, "the run was stopped"));
  steps = 0;
  unusable = {};
  routes.reset();
  deployment = {};
}

void engine_state::fail(caf::error why) {
  if (failure)
    return;
  failure = std::move(why);
  if (connecting)
    connecting->deliver(failure);
  if (deploying)
    deploying->deliver(failure);
  cancel_jobs(failure);
  connecting.reset();
  deploying.reset();
  routes.reset();
  for (const auto& y : nodes)
    if (y.up && y.here)
      post_to(y.up->link, leave{self->id()});
    else if (y.up)
      self->send_exit(y.up->link, caf::exit_reason::user_shutdown);
}

} // namespace ganglion
