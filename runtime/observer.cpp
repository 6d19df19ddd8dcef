#include "runtime/observer.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "actors/gate.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/ask.hpp"

namespace ganglion {

namespace {

using clock = std::chrono::steady_clock;

/// Time to connect and greet, for all nodes together.
constexpr auto greeting_limit = std::chrono::seconds{8};

constexpr auto answer_limit = std::chrono::seconds{5};

/// Nodes that are dialled, whoever names them.
constexpr std::size_t max_dialled = 1024;

/// Exchanges by which a node's clock is compared with this one.
constexpr int clock_exchanges = 8;

/// No clock that started with its machine shows more.
constexpr auto latest = std::numeric_limits<std::int64_t>::max() / 4;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           clock::now().time_since_epoch())
    .count();
}

caf::error no_answer(const std::string& address, const caf::error& why) {
  if (why != caf::sec::request_timeout)
    return why;
  return make_failure(errc::unreachable,
                      fmt::format("the node at {} does not answer: it hangs, "
                                  "or its machine is overloaded",
                                  address));
}

/// What an answer says must hold together, whoever sent it.
caf::error check(const node_status& x) {
  for (const auto& y : x.deployments) {
    if (auto err = check(y.net, y.cluster, y.where))
      return err;
    for (const auto& z : y.layers)
      if (z.layer > y.net.layers().size())
        return make_failure(errc::protocol,
                            fmt::format("node '{}' speaks of a layer that its "
                                        "network does not have",
                                        x.node.name));
  }
  return {};
}

} // namespace

observer::observer(std::vector<std::string> addresses)
  : system_(1), self_(system_.get()) {
  for (const auto& x : addresses)
    add(x);
}

observer::~observer() {
  for (const auto& x : nodes_)
    if (x.link)
      self_->send_exit(x.link, caf::exit_reason::user_shutdown);
}

void observer::add(const std::string& address) {
  auto known = [&](const known_node& x) { return x.address == address; };
  if (nodes_.size() < max_dialled && !address.empty()
      && std::none_of(nodes_.begin(), nodes_.end(), known))
    nodes_.push_back({address, {}, {}, 0, {}});
}

void observer::drop(const caf::actor& link, const caf::error& why) {
  for (auto& x : nodes_)
    if (x.link == link) {
      x.link = nullptr;
      x.why = why;
    }
}

void observer::connect() {
  link_config config;
  config.owner = caf::actor_cast<caf::actor>(self_.ptr());
  config.self.type_table = type_table_hash();
  config.self.engine = true;
  config.self.observer = true;
  config.self.name = "status";
  std::set<std::string> pending;
  for (const auto& x : nodes_)
    if (!x.link && x.incarnation == 0) {
      pending.insert(x.address);
      dial_peer(system_.get(), x.address, config);
    }
  auto end = clock::now() + greeting_limit;
  auto late = false;
  auto on_up = [&](link_up& x) {
    pending.erase(x.dialled);
    auto i = std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& y) {
      return y.address == x.dialled;
    });
    i->name = x.peer.name;
    i->incarnation = x.peer.incarnation;
    i->link = std::move(x.link);
    i->why = {};
  };
  auto on_down = [&](const link_down& x) {
    pending.erase(x.dialled);
    if (x.link)
      drop(x.link, x.why);
    for (auto& y : nodes_)
      if (y.address == x.dialled && !y.link)
        y.why = x.why;
  };
  // Also takes what came since the last look.
  do {
    auto left = pending.empty()
                  ? clock::duration{0}
                  : std::max(end - clock::now(), clock::duration{0});
    late = false;
    self_->receive(
      on_up, on_down, caf::after(left) >> [&] { late = true; });
  } while (!late);
  for (auto& x : nodes_)
    if (pending.contains(x.address))
      x.why = make_failure(errc::unreachable,
                           fmt::format("what listens at {} does not answer "
                                       "like a node: is it 'ganglion node'?",
                                       x.address));
}

/// Whether there are nodes of which this one did not know.
bool observer::learn(const node_status& status) {
  auto before = nodes_.size();
  auto add_new = [&](const node_info& x) {
    auto same = [&](const known_node& y) {
      return y.incarnation == x.incarnation;
    };
    if (std::none_of(nodes_.begin(), nodes_.end(), same))
      add(x.address);
  };
  for (const auto& x : status.peers)
    add_new(x);
  for (const auto& x : status.deployments)
    for (const auto& y : x.cluster.nodes)
      add_new(y);
  return nodes_.size() > before;
}

std::vector<observation> observer::ask_all() {
  using handle = decltype(request_from(self_.ptr(), caf::actor{}, answer_limit,
                                       fetch_status{}));
  std::vector<std::optional<handle>> asked;
  for (const auto& x : nodes_)
    asked.push_back(x.link ? std::optional{request_from(
                      self_.ptr(), x.link, answer_limit, fetch_status{})}
                           : std::nullopt);
  std::vector<observation> result;
  std::set<std::uint64_t> seen;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto& x = nodes_[i];
    observation next{x.address, x.why};
    if (asked[i]) {
      next.status = await<node_status>(std::move(*asked[i]));
      if (!next.status)
        next.status = no_answer(x.address, next.status.error());
      else if (auto err = check(*next.status))
        next.status = err;
    }
    // One node may be known under two addresses.
    if (!next.status || seen.insert(x.incarnation).second)
      result.push_back(std::move(next));
  }
  return result;
}

std::vector<observation> observer::look() {
  // A node that was lost may be there again, as another.
  for (auto& x : nodes_)
    if (!x.link)
      x.incarnation = 0;
  for (;;) {
    connect();
    auto result = ask_all();
    auto more = false;
    for (const auto& x : result)
      if (x.status)
        more = learn(*x.status) || more;
    if (!more)
      return result;
  }
}

caf::expected<trace_report> observer::ask_trace(traced_node& x,
                                                trace_command what) {
  const auto& at = nodes_[x.index];
  auto sent = now_ns();
  auto answer = await<trace_report>(
    request_from(self_.ptr(), at.link, answer_limit, fetch_trace{what}));
  auto round_trip = now_ns() - sent;
  if (!answer)
    return no_answer(at.address, answer.error());
  if (answer->clock < 0 || answer->clock > latest)
    return make_failure(
      errc::protocol, fmt::format("node '{}' says an impossible time", x.name));
  if (round_trip < x.round_trip && what != trace_command::end) {
    x.round_trip = round_trip;
    x.offset = sent + round_trip / 2 - answer->clock;
  }
  x.step = answer->step;
  return answer;
}

caf::error observer::begin_trace() {
  auto seen = look();
  std::optional<deployment_status> what;
  for (const auto& x : seen) {
    if (!x.status)
      return x.status.error();
    if (!what && !x.status->deployments.empty())
      what = x.status->deployments.front();
  }
  if (!what)
    return make_failure(errc::not_found,
                        "there is no network on these nodes to draw a time "
                        "line of: start a training first");
  net_ = what->net;
  traced_.clear();
  for (const auto& member : what->cluster.nodes)
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].link && nodes_[i].incarnation == member.incarnation) {
        traced_node next;
        next.index = i;
        next.name = member.name;
        next.round_trip = std::numeric_limits<std::int64_t>::max();
        traced_.push_back(std::move(next));
        break;
      }
  for (auto& x : traced_) {
    if (auto answer = ask_trace(x, trace_command::begin); !answer)
      return answer.error();
    x.first_step = x.step;
  }
  for (int i = 0; i < clock_exchanges; ++i)
    for (auto& x : traced_)
      if (auto answer = ask_trace(x, trace_command::look); !answer)
        return answer.error();
  return {};
}

caf::expected<std::uint64_t> observer::traced_steps() {
  auto result = std::numeric_limits<std::uint64_t>::max();
  for (auto& x : traced_) {
    if (auto answer = ask_trace(x, trace_command::look); !answer)
      return answer.error();
    // A node without neurons is through with none.
    if (x.step > 0)
      result = std::min(result, x.step - std::min(x.step, x.first_step));
  }
  return result == std::numeric_limits<std::uint64_t>::max() ? 0 : result;
}

namespace {

constexpr auto last_step = std::numeric_limits<std::uint64_t>::max();

constexpr std::uint64_t overlap = 2;

struct step_span {
  std::uint64_t first = 0;
  std::uint64_t last = last_step;
};

/// Steps that a node kept from beginning to end.
step_span whole_steps(const trace_report& x) {
  step_span result{last_step, 0};
  // Tensors may arrive earlier.
  for (const auto& y : x.events) {
    if (y.what == activity::arrive)
      continue;
    result.first = std::min(result.first, y.step);
    result.last = std::max(result.last, y.step);
  }
  // Two steps are in the network at once.
  return {result.first + std::min(last_step - result.first, overlap),
          result.last - std::min(result.last, overlap)};
}

} // namespace

caf::expected<cluster_trace> observer::end_trace(std::uint64_t steps) {
  cluster_trace result;
  result.net = net_;
  step_span common;
  for (auto& x : traced_) {
    auto answer = ask_trace(x, trace_command::end);
    if (!answer)
      return answer.error();
    auto bad = [&](const trace_event& y) {
      return y.track >= answer->tracks.size() || y.end < y.begin || y.begin < 0
             || y.end > latest || y.layer >= net_.layers().size();
    };
    if (std::any_of(answer->events.begin(), answer->events.end(), bad))
      return make_failure(errc::protocol,
                          fmt::format("node '{}' sent a time line that makes "
                                      "no sense",
                                      x.name));
    if (!answer->events.empty()) {
      auto whole = whole_steps(*answer);
      common = {std::max(common.first, whole.first),
                std::min(common.last, whole.last)};
    }
    for (auto& y : answer->events) {
      y.begin += x.offset;
      y.end += x.offset;
    }
    result.nodes.push_back({x.name, std::move(answer->tracks),
                            std::move(answer->events), answer->dropped,
                            (x.round_trip + 1) / 2});
  }
  if (common.last < common.first)
    return result;
  common.first = std::max(common.first,
                          common.last - std::min(common.last, steps - 1));
  for (auto& x : result.nodes)
    std::erase_if(x.events, [&](const trace_event& y) {
      return y.step < common.first || y.step > common.last;
    });
  return result;
}

} // namespace ganglion
