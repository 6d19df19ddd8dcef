// What somebody who only looks asks a node, and the answers: who it is, who
// uses it, how far that is, where the time goes, and a time line of what its
// actors do. Plain values; no answer holds weights, samples or handles, and
// none of the questions changes a result.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/messages/engine_messages.hpp"
#include "metadata/network/network.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/text/declare_enum.hpp"

namespace ganglion {

/// Asks a node how it is. Answered by `node_status`.
struct fetch_status {
  template <class Self, class Visit>
  static decltype(auto) fields(Self&, Visit&& visit) {
    return visit();
  }
};

/// Where the time of one layer's groups on one node goes, in nanoseconds since
/// the deployment, added up over the groups; inferences of fewer than 16
/// samples are left out. Of each group's time from its
/// first work on, all is one of compute, wait and send.
struct layer_load {
  /// One past the last layer: the loss.
  layer_id layer = 0;
  std::uint64_t groups = 0;
  /// In arithmetic: products, activations, sums, updates.
  std::uint64_t compute_ns = 0;
  /// Between two pieces of work: inputs are not there, or no thread is free.
  std::uint64_t wait_ns = 0;
  /// Handing results to relays and links: a link writes to its socket on the
  /// sender's thread.
  std::uint64_t send_ns = 0;
  /// From the first to the last byte of tensors for the layer, over links; it
  /// overlaps with all of the above.
  std::uint64_t arrive_ns = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"layer", self.layer}, field{"groups", self.groups},
                 field{"compute_ns", self.compute_ns},
                 field{"wait_ns", self.wait_ns}, field{"send_ns", self.send_ns},
                 field{"arrive_ns", self.arrive_ns});
  }
};

/// What the loss saw of a training; `samples` is 0 where it saw nothing, or
/// lives on another node.
struct training_state {
  /// Updates that the weights have seen before the step of this loss.
  std::uint64_t step = 0;
  /// Mean over the samples of the last whole step.
  double loss = 0;
  /// Since the deployment.
  std::uint64_t samples = 0;
  /// Over the last seconds.
  double samples_per_second = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"step", self.step}, field{"loss", self.loss},
                 field{"samples", self.samples},
                 field{"samples_per_second", self.samples_per_second});
  }
};

/// One deployment, as one of its nodes knows it.
struct deployment_status {
  std::uint64_t run = 0;
  /// Of the placement.
  std::uint32_t epoch = 0;
  /// Who uses the node: "train on HOST, process 7".
  std::string owner;
  /// Seconds since it began.
  double age = 0;
  cluster_view cluster;
  network net;
  placement where;
  /// Training steps that all groups of this node are through with.
  std::uint64_t step = 0;
  /// The same, since the deployment.
  std::uint64_t steps = 0;
  training_state training;
  std::vector<layer_load> layers;
  std::vector<link_traffic> links;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"epoch", self.epoch},
                 field{"owner", self.owner}, field{"age", self.age},
                 field{"cluster", self.cluster}, field{"net", self.net},
                 field{"where", self.where}, field{"step", self.step},
                 field{"steps", self.steps}, field{"training", self.training},
                 field{"layers", self.layers}, field{"links", self.links});
  }
};

struct node_status {
  node_info node;
  /// Resident set of its process, in bytes.
  std::uint64_t memory = 0;
  /// When it started, in seconds of Unix time.
  std::int64_t up_since = 0;
  /// Nodes that it has a link to.
  std::vector<node_info> peers;
  /// Empty while it is free.
  std::vector<deployment_status> deployments;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node}, field{"memory", self.memory},
                 field{"up_since", self.up_since}, field{"peers", self.peers},
                 field{"deployments", self.deployments});
  }
};

// -- time lines ---------------------------------------------------------------

enum class trace_command : std::uint8_t {
  /// Keep what happens from now on, in a ring of fixed size, for a minute.
  begin,
  /// Only say how far it is.
  look,
  /// Hand it out and stop.
  end,
};

enum class activity : std::uint8_t {
  wait,
  forward,
  backward,
  update,
  loss,
  send,
  /// A tensor, from its first byte to its last.
  arrive,
};

GANGLION_DECLARE_ENUM(trace_command)
GANGLION_DECLARE_ENUM(activity)

/// Asks a node for a time line. Answered by `trace_report`.
struct fetch_trace {
  trace_command what = trace_command::look;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"what", self.what});
  }
};

/// One span of time of one track.
struct trace_event {
  activity what = activity::wait;
  /// Position in trace_report::tracks.
  std::uint32_t track = 0;
  layer_id layer = 0;
  std::uint32_t micro_batch = 0;
  std::uint64_t step = 0;
  /// Of the node's own clock, in nanoseconds.
  std::int64_t begin = 0;
  std::int64_t end = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"what", self.what}, field{"track", self.track},
                 field{"layer", self.layer},
                 field{"micro_batch", self.micro_batch},
                 field{"step", self.step}, field{"begin", self.begin},
                 field{"end", self.end});
  }
};

struct trace_report {
  /// The node's clock when it answered, in nanoseconds.
  std::int64_t clock = 0;
  /// Training steps that the node is through with.
  std::uint64_t step = 0;
  /// Names of groups, of the loss, and of peers from which tensors arrive.
  std::vector<std::string> tracks;
  /// In the order in which they ended; only for trace_command::end.
  std::vector<trace_event> events;
  /// Older events that the ring had no room for.
  std::uint64_t dropped = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"clock", self.clock}, field{"step", self.step},
                 field{"tracks", self.tracks}, field{"events", self.events},
                 field{"dropped", self.dropped});
  }
};

} // namespace ganglion
