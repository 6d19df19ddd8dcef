// What a node says to those who only look. It reads counters that its actors
// write anyway, and asks none of them.
#include <unistd.h>

#include <chrono>
#include <fstream>

#include <fmt/format.h>

#include "actors/node/node_state.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

using clock = std::chrono::steady_clock;

/// The resident set of this process in bytes, or 0.
std::uint64_t memory_in_use() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace

caf::result<node_status> node_state::serve(fetch_status&) {
  node_status result;
  result.node = info;
  result.memory = memory_in_use();
  result.up_since = up_since;
  result.peers = peers.peers();
  if (current && current->complete)
    result.deployments.push_back(status_of(*current));
  return result;
}

deployment_status node_state::status_of(const deployment& x) const {
  deployment_status result;
  result.run = x.what->run;
  result.epoch = x.what->epoch;
  result.owner = x.what->owner;
  result.age = std::chrono::duration<double>(clock::now() - x.began).count();
  result.cluster = x.what->cluster;
  result.net = x.what->net;
  result.where = x.what->where;
  result.step = x.step;
  result.steps = x.steps;
  result.training = x.metrics->progress.get();
  result.layers = x.metrics->loads(x.routes->local_groups());
  result.links = peers.traffic(x.what->cluster, x.setup.engine.id());
  return result;
}

caf::result<trace_report> node_state::serve(fetch_trace& x) {
  trace_report result;
  auto deployed = current && current->complete;
  if (x.what == trace_command::begin) {
    if (!deployed)
      return make_failure(errc::not_found,
                          {fmt::format("node '{}' has no network on it: there "
                                       "is nothing to draw a time line of",
                                       info.name),
                           {},
                           {},
                           {info.name}});
    current->metrics->trace.begin();
  } else if (x.what == trace_command::end && deployed) {
    result.events = current->metrics->trace.end(result.dropped);
    result.tracks = current->metrics->track_names(
      current->routes->local_groups());
  }
  if (deployed)
    result.step = current->step;
  result.clock = std::chrono::duration_cast<std::chrono::nanoseconds>(
                   clock::now().time_since_epoch())
                   .count();
  return result;
}

} // namespace ganglion
