// How an observer has time lines made, and puts them on one clock.
#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/ask.hpp"
#include "runtime/watching/observer.hpp"

namespace ganglion {

namespace {

/// Exchanges by which a node's clock is compared with this one.
constexpr int clock_exchanges = 8;

/// No clock that started with its machine shows more.
constexpr auto latest = std::numeric_limits<std::int64_t>::max() / 4;

constexpr auto last_step = std::numeric_limits<std::uint64_t>::max();

/// Steps that are in the network at once.
constexpr std::uint64_t overlap = 2;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

/// Steps from `first` to `last`; none where that is the smaller one.
struct step_span {
  std::uint64_t first = 0;
  std::uint64_t last = last_step;
};

/// Steps that a node kept from beginning to end.
step_span whole_steps(const std::vector<trace_event>& events) {
  step_span result{last_step, 0};
  // Tensors may arrive earlier.
  for (const auto& x : events) {
    if (x.what == activity::arrive)
      continue;
    result.first = std::min(result.first, x.step);
    result.last = std::max(result.last, x.step);
  }
  return {result.first + std::min(last_step - result.first, overlap),
          result.last - std::min(result.last, overlap)};
}

/// The last `steps` that all nodes kept.
step_span common_steps(const std::vector<cluster_trace::node>& nodes,
                       std::uint64_t steps) {
  step_span result;
  for (const auto& x : nodes) {
    if (x.events.empty())
      continue;
    auto whole = whole_steps(x.events);
    result.first = std::max(result.first, whole.first);
    result.last = std::min(result.last, whole.last);
  }
  if (result.first <= result.last)
    result.first = std::max(result.first,
                            result.last - std::min(result.last, steps - 1));
  return result;
}

} // namespace

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

caf::expected<deployment_status> observer::find_deployment() {
  auto seen = look();
  for (const auto& x : seen)
    if (!x.status)
      return x.status.error();
  for (auto& x : seen)
    if (!x.status->deployments.empty())
      return std::move(x.status->deployments.front());
  return make_failure(errc::not_found,
                      "there is no network on these nodes to draw a time line "
                      "of: start a training first");
}

caf::error observer::begin_trace() {
  auto what = find_deployment();
  if (!what)
    return what.error();
  net_ = std::move(what->net);
  traced_.clear();
  for (const auto& member : what->cluster.nodes) {
    auto i = std::ranges::find_if(nodes_, [&](const known_node& x) {
      return x.link && x.incarnation == member.incarnation;
    });
    if (i == nodes_.end())
      continue;
    traced_node next;
    next.index = static_cast<std::size_t>(i - nodes_.begin());
    next.name = member.name;
    traced_.push_back(std::move(next));
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
  auto result = last_step;
  for (auto& x : traced_) {
    if (auto answer = ask_trace(x, trace_command::look); !answer)
      return answer.error();
    // A node without neurons is through with none.
    if (x.step > 0)
      result = std::min(result, x.step - std::min(x.step, x.first_step));
  }
  return result == last_step ? 0 : result;
}

caf::expected<cluster_trace::node> observer::take_trace(traced_node& x) {
  auto answer = ask_trace(x, trace_command::end);
  if (!answer)
    return answer.error();
  for (auto& y : answer->events) {
    if (y.track >= answer->tracks.size() || y.end < y.begin || y.begin < 0
        || y.end > latest || y.layer >= net_.layers().size())
      return make_failure(errc::protocol,
                          fmt::format("node '{}' sent a time line that makes "
                                      "no sense",
                                      x.name));
    y.begin += x.offset;
    y.end += x.offset;
  }
  return cluster_trace::node{x.name, std::move(answer->tracks),
                             std::move(answer->events), answer->dropped,
                             (x.round_trip + 1) / 2};
}

caf::expected<cluster_trace> observer::end_trace(std::uint64_t steps) {
  cluster_trace result{net_, {}};
  for (auto& x : traced_) {
    auto taken = take_trace(x);
    if (!taken)
      return taken.error();
    result.nodes.push_back(std::move(*taken));
  }
  auto common = common_steps(result.nodes, steps);
  if (common.last < common.first)
    return result;
  for (auto& x : result.nodes)
    std::erase_if(x.events, [&](const trace_event& y) {
      return y.step < common.first || y.step > common.last;
    });
  return result;
}

} // namespace ganglion
