// How an engine sees to it that whoever owes it something moves. While anything
// is owed, it looks around once a second. What counts is work: reports and
// answers that arrive, and the pieces that nodes say they have done, in the
// heartbeats of their links. A computation may take as long as it likes, piece
// by piece; where nobody has done anything for some looks, the run ends with
// the name of who owes what. Looks are counted, not seconds, so that a process
// that was stopped for a while accuses nobody.
#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/placement/groups.hpp"
#include "runtime/engine/ask.hpp"

namespace ganglion {

namespace {

constexpr auto look_interval = std::chrono::seconds{1};

/// Looks without any work, while a micro-batch is in the network.
constexpr std::uint32_t flow_patience = 6;

/// Micro-batches that began later and ended before: then this one was lost,
/// whatever else goes on.
constexpr std::uint64_t overtaken_patience = 64;

/// Looks in which nodes are to say how far their actors are: those have a
/// second.
constexpr std::uint32_t inquiry_patience = 3;

/// An actor by the number that heartbeats give it (see work_code).
deployment_part part_of(std::uint32_t code, node_index node, const deploy& of) {
  deployment_part result{kind_of(code), 0, {}};
  if (result.kind == part_kind::relay)
    result.layer = index_of(code);
  if (result.kind != part_kind::group)
    return result;
  auto groups = group_ranges(of.net, of.where, node,
                             of.cluster.nodes[node].threads, of.group_size);
  if (auto i = index_of(code); i < groups.size()) {
    result.layer = groups[i].layer;
    result.range = groups[i].range;
  }
  return result;
}

} // namespace

void engine_state::look_later() {
  if (!std::exchange(looks, true))
    send_after(self, self, look_interval, look_around{});
}

void engine_state::on_look_around() {
  looks = false;
  look_after_connecting();
  if (now) {
    auto worked = nodes_worked();
    now->quiet = std::exchange(now->moved, false) || worked ? 0
                                                            : now->quiet + 1;
    look_after_requests();
  }
  if (now)
    look_after_keeps();
  if (now)
    look_after_flows();
  auto owes = [](const engine_deployment& x) {
    return !x.owed.empty() || !x.flows.empty() || !x.keeps.empty();
  };
  if (connecting || (now && owes(*now)))
    look_later();
}

/// Whether a node has done a piece of work since this was asked last.
bool engine_state::nodes_worked() {
  auto result = false;
  for (auto& x : nodes) {
    auto work = x.here
                  ? (now->metrics_here ? now->metrics_here->work().pieces() : 0)
                  : x.up->counters->work.load();
    result = result || work != x.work;
    x.work = work;
  }
  return result;
}

void engine_state::look_after_requests() {
  for (auto& [number, x] : now->owed) {
    ++x.looks;
    auto limit = static_cast<std::uint32_t>(time_of(x.wait).count());
    if (x.looks <= limit || now->quiet <= limit || now->asking)
      continue;
    if (auto who = stuck_part())
      return end_run(stalled(*who, limit));
    return end_run(make_failure(
      errc::stalled,
      {fmt::format("node '{}' has not answered '{}' for {} s in which nobody "
                   "did any work: it hangs, or a message was lost",
                   cluster.nodes[x.node].name, x.request, x.looks),
       {},
       {},
       {cluster.nodes[x.node].name}}));
  }
}

/// A share may stand still for long, but not for ever.
void engine_state::look_after_keeps() {
  auto limit = static_cast<std::uint32_t>(time_of(answer_time::share).count());
  for (auto& [step, x] : now->keeps) {
    if (x.missing.empty() || ++x.looks <= limit)
      continue;
    const auto& node = cluster.nodes[*x.missing.begin()].name;
    return end_run(make_failure(
      errc::stalled,
      {fmt::format("node '{}' has not written the weights of step {} for {} "
                   "s: its share hangs, or its storage does",
                   node, step, x.looks),
       {},
       {},
       {node}}));
  }
}

void engine_state::look_after_flows() {
  if (now->asking)
    return ++now->asking->looks > inquiry_patience ? conclude() : void();
  for (auto& [sequence, x] : now->flows) {
    ++x.looks;
    if (x.looks <= flow_patience)
      continue;
    if (now->quiet > flow_patience || x.overtaken >= overtaken_patience) {
      if (auto who = stuck_part(); who && now->quiet > flow_patience)
        return end_run(stalled(*who, now->quiet));
      return inquire(sequence, x);
    }
  }
}

/// The actor that a thread of a node hangs in, by the heartbeats.
std::optional<debtor> engine_state::stuck_part() const {
  for (node_index i = 0; i < nodes.size(); ++i)
    if (auto code = nodes[i].up->counters->stuck.load())
      return debtor{i, part_of(code, i, *now->what)};
  return std::nullopt;
}

/// Asks all nodes how far their actors are with a micro-batch.
void engine_state::inquire(std::uint64_t sequence, const flow& x) {
  now->asking = engine_deployment::inquiry{};
  auto& asking = *now->asking;
  asking.sequence = sequence;
  asking.training = std::holds_alternative<training_job>(x.owner->what);
  asking.states.resize(nodes.size());
  asking.missing = nodes.size();
  for (node_index i = 0; i < nodes.size(); ++i) {
    auto done = [this] {
      if (now->asking && --now->asking->missing == 0)
        conclude();
    };
    ask<fetch_flow>(
      i, {now->what->run, sequence},
      [=, this](const flow_state& state) {
        if (now->asking)
          now->asking->states[i] = state;
        done();
      },
      [done](const caf::error&) { done(); });
  }
}

void engine_state::conclude() {
  auto asked = *std::exchange(now->asking, std::nullopt);
  // It may have come to its end while the question was on its way.
  if (!now->flows.contains(asked.sequence))
    return;
  auto who = who_owes(*now->what, asked.training, asked.states);
  // All groups are through, and wait for those whose sum of gradients is not
  // there.
  const auto& told = now->flows.at(asked.sequence).squares_from;
  if (who && who->who.kind == part_kind::node
      && now->what->training.optimizer.clip_norm > 0)
    for (auto node : now->working_nodes)
      if (!told.contains(node))
        return end_run(stalled({node, who->who}, flow_patience));
  if (who)
    return end_run(stalled(*who, flow_patience));
  end_run(make_failure(errc::stalled,
                       fmt::format("micro-batch {} went through all neurons, "
                                   "but a report of it was lost on its way",
                                   asked.sequence)));
}

caf::error engine_state::stalled(const debtor& who,
                                 std::uint32_t seconds) const {
  const auto& node = cluster.nodes[who.node].name;
  error_details details;
  details.text = fmt::format("node '{}': {} did not do its part for {} s in "
                             "which nobody did any work: it hangs, or has "
                             "lost a message",
                             node, to_string(who.who, now->net()), seconds);
  if (!who.who.range.empty())
    details.ranges = {who.who.range};
  details.nodes = {node};
  return make_failure(errc::stalled, std::move(details));
}

} // namespace ganglion
