// Messages that never leave a process: how a node or an engine, its links and
// the actors of a deployment come to know each other. They carry handles and
// shared data; a link has no wire form for them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/error.hpp>

#include "metadata/messages/data_messages.hpp"
#include "metadata/messages/deploy_messages.hpp"
#include "metadata/messages/flow_messages.hpp"
#include "metadata/messages/store_messages.hpp"
#include "metadata/placement/registry.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// What a link learned of its peer in the handshake.
struct peer_info {
  std::string name;
  /// Where the peer listens; empty for an engine.
  std::string address;
  std::uint64_t incarnation = 0;
  /// Compute threads.
  std::uint32_t threads = 0;
  /// An engine owns no neurons.
  bool engine = false;
  /// An engine that only looks: it may ask for status and time lines.
  bool observer = false;
};

/// Bytes at a connection's socket, written by its connection, read by anyone.
struct link_counters {
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<std::uint64_t> received = 0;
  /// Calls that wrote to the socket: fewer than messages, where many are small.
  std::atomic<std::uint64_t> writes = 0;
  /// What the peer's heartbeat said last: pieces of work that it has done for
  /// the run, and which of its actors seems to be stuck (see work_meter.hpp).
  std::atomic<std::uint64_t> work = 0;
  std::atomic<std::uint32_t> stuck = 0;
};

/// Asks a node for a link to the node at `address` (host:port). Answered by
/// the peer's name; errors: unreachable, incompatible.
struct dial {
  std::string address;
};

/// A node's clock: the time for a deployment to find its peers is over.
struct deploy_timeout {
  std::uint64_t run = 0;
};

/// From a link to its owner: the handshake is done.
struct link_up {
  caf::actor link;
  peer_info peer;
  /// The address that this side dialled; empty where the peer did.
  std::string dialled;
  std::shared_ptr<const link_counters> counters;
};

/// From an engine to a node of its own actor system, instead of a connection.
/// Answered by `link_up`, whose link is the node itself: it takes the same
/// requests.
struct visit {
  std::string name;
};

/// From an engine that visits, or when it has ended: it needs the node no more.
struct leave {
  /// The engine's actor ID.
  std::uint64_t visitor = 0;
};

/// From a link to its owner, after all that the peer has asked for: the peer is
/// gone, was refused, or could not be reached, and why.
struct link_down {
  caf::actor link;
  peer_info peer;
  std::string dialled;
  caf::error why;
};

class deployment_metrics;
class work_meter;

/// What messages of a run are checked against. Immutable, shared.
using deployment_ptr = std::shared_ptr<const deploy>;

/// From its owner to a link: deliver what arrives for this run to these actors;
/// no deployment ends that, and without routes only requests are let in. To an
/// engine that visits, from the node: who is there.
struct attach {
  deployment_ptr what;
  registry_ptr routes;
  /// The peer's place in the cluster view; none for an engine.
  std::optional<node_index> peer;
  /// Of a node: where arrivals are counted, and under which track.
  std::shared_ptr<deployment_metrics> metrics;
  std::uint32_t track = 0;
};

/// From a node to its relays and loss: everybody is there.
struct start {
  registry_ptr routes;
};

/// From a group to its node: its parameters are there.
struct group_ready {
  std::uint64_t run = 0;
  std::uint32_t epoch = 0;
};

/// From a group to its node, where gradients are clipped: for each of its
/// neurons, the sum of the squares of its gradients in this step.
struct group_squares {
  header head;
  std::vector<double> of_neurons;
};

/// From an actor of a deployment to its node: it has ended, and why.
struct part_failed {
  std::uint64_t run = 0;
  deployment_part who;
  caf::error why;
};

/// From a node to one of its actors: how far is it with this micro-batch?
/// Answered by `part_progress`.
struct ask_progress {
  std::uint64_t sequence = 0;
};

struct part_progress {
  bool forward = false;
  bool backward = false;
};

/// From a node to a relay of a layer that stands: has its row of this revision
/// come? Answered by `row_came`, once it has.
struct await_row {
  std::uint64_t revision = 0;
};

struct row_came {};

/// An engine's clock, while something is owed to it.
struct look_around {};

struct group_surroundings;

using surroundings_ptr = std::shared_ptr<const group_surroundings>;

/// From a node to a group: who surrounds it, once everybody is there and
/// whenever others have moved.
struct surround {
  surroundings_ptr around;
  /// Its place in the metrics from now on.
  std::uint32_t track = 0;
};

struct control_envelope;

/// From a link's connection to the link: a request or an answer has arrived.
struct control_arrived {
  std::shared_ptr<control_envelope> message;
};

/// From a link's connection to the link: it has ended, and why.
struct connection_ended {
  caf::error why;
};

/// From a node to its storage: from now on, write what this run keeps, and tell
/// its engine of each step (shards_written). Answered by `store_opened`.
struct open_local {
  open_store what;
  /// For messages.
  std::string node;
  /// All neurons whose snapshots make a step complete.
  std::uint64_t neurons = 0;
  /// The engine, or the link to it; and what the node is to it.
  caf::actor engine;
  node_index self = 0;
};

/// From a node to its storage: the run is over, drop what is incomplete.
struct close_local {
  std::uint64_t run = 0;
};

/// From a node to its storage: read a commit into these groups. Answered by
/// `shards_loaded`.
struct load_local {
  load_shards what;
  std::string node;
  registry_ptr routes;
  /// Told of every piece that is read.
  std::shared_ptr<work_meter> work;
};

/// From a group to its node's storage: parameters after `step` updates, in the
/// shape that `parameters` describes.
struct snapshot {
  std::uint64_t run = 0;
  std::uint64_t step = 0;
  layer_id layer = 0;
  neuron_range range;
  tensor weights;
  std::vector<tensor> state;
};

} // namespace ganglion

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::dial)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::visit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::leave)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::link_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::link_down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::attach)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::start)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::group_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::group_squares)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::part_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::ask_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::part_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::await_row)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::row_came)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::look_around)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::surround)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::control_arrived)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::connection_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::deploy_timeout)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::open_local)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::close_local)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::load_local)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::snapshot)
