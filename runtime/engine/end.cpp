// How an engine counts what crossed, and how a deployment ends.
#include <memory>
#include <utility>
#include <variant>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/ask.hpp"

namespace ganglion {

namespace {

/// Time for a node to say its last word about a run that is over.
constexpr auto release_limit = std::chrono::seconds{10};

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

/// The reports of all nodes, once they are there.
struct traffic_sum {
  traffic_summary result;
  std::size_t missing = 0;
  caf::typed_response_promise<traffic_summary> answer;

  void add(const std::string& from, const traffic_report& x) {
    add_report(result, from, x);
    if (--missing == 0)
      answer.deliver(result);
  }
};

} // namespace

engine_state::promise<traffic_summary> engine_state::on_traffic() {
  auto answer = self->make_response_promise<traffic_summary>();
  if (auto err = not_running()) {
    answer.deliver(std::move(err));
    return answer;
  }
  auto sum = std::make_shared<traffic_sum>(
    traffic_sum{{}, nodes.size(), answer});
  auto number = wait_for_nodes(answer);
  for (node_index i = 0; i < nodes.size(); ++i)
    ask<fetch_traffic>(
      i, {now->what->run},
      [=, this, from = nodes[i].up->peer.name](const traffic_report& x) {
        sum->add(from, x);
        if (sum->missing == 0)
          now->waiting.erase(number);
      },
      [=, this](const caf::error& why) {
        sum->answer.deliver(why);
        now->waiting.erase(number);
      });
  return answer;
}

engine_state::promise<traffic_summary> engine_state::on_stop() {
  auto answer = self->make_response_promise<traffic_summary>();
  if (!now) {
    answer.deliver(not_running());
    return answer;
  }
  auto sum = std::make_shared<traffic_sum>(
    traffic_sum{{}, nodes.size(), answer});
  auto run = now->what->run;
  cancel_all(make_failure(errc::cancelled, "the run was stopped"));
  now.reset();
  ended = {};
  for (const auto& x : nodes)
    request_from(self, x.up->link, release_limit, release{run})
      .then([sum, from = x.up->peer.name](
              const released& y) { sum->add(from, y.traffic); },
            [sum](const caf::error& why) { sum->answer.deliver(why); });
  return answer;
}

void engine_state::cancel_all(const caf::error& why) {
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
  if (now->answer)
    now->answer->deliver(why);
  for (auto& [number, fail] : now->waiting)
    fail(why);
  if (now->query)
    cancel(*now->query);
  for (auto& x : now->jobs)
    cancel(*x);
  for (auto& [sequence, x] : now->flows)
    cancel(*x.owner);
  for (auto& [number, x] : readings)
    x->over = why;
  drop_keeps(why);
}

void engine_state::end_run(const caf::error& why) {
  auto run = now->what->run;
  cancel_all(why);
  now.reset();
  ended = why;
  // Whoever is still there is free at once.
  for (const auto& x : nodes)
    if (x.up)
      request_from(self, x.up->link, release_limit, release{run})
        .then([](const released&) {}, [](const caf::error&) {});
}

} // namespace ganglion
