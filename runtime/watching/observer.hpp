// Looks at running nodes without disturbing them: dials them as engines do, but
// may only ask for status and time lines. Starting from some addresses it finds
// the nodes that those know of. It owns no neurons and trusts no answer: what
// does not fit is an error of that node. Blocks; one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "metadata/messages/local_messages.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/hosting/system.hpp"

namespace ganglion {

/// One node, as it answered, or why it did not.
struct observation {
  /// host:port under which it was found.
  std::string address;
  caf::expected<node_status> status;
};

/// Time lines of all nodes of a deployment, on the clock of the observer.
struct cluster_trace {
  struct node {
    std::string name;
    std::vector<std::string> tracks;
    std::vector<trace_event> events;
    std::uint64_t dropped = 0;
    /// How far its clock may be off, in nanoseconds.
    std::int64_t clock_error = 0;
  };

  network net;
  std::vector<node> nodes;
};

class observer {
public:
  /// `addresses`: host:port, at least one.
  explicit observer(std::vector<std::string> addresses);

  observer(const observer&) = delete;
  observer& operator=(const observer&) = delete;
  ~observer();

  /// Asks the nodes at the addresses, and those that their answers name; one
  /// entry per node, those that were asked for first.
  std::vector<observation> look();

  /// Has all nodes of the deployment begin a time line. Errors: those of the
  /// first node that does not, and where no network is deployed.
  caf::error begin_trace();

  /// Training steps that all these nodes are through with since then.
  caf::expected<std::uint64_t> traced_steps();

  /// Ends the time lines and collects them: the last `steps` steps that all
  /// nodes kept wholly, or what there is of them.
  caf::expected<cluster_trace> end_trace(std::uint64_t steps);

private:
  struct known_node {
    std::string address;
    /// Null until it is linked, and when it is lost.
    caf::actor link;
    std::string name;
    std::uint64_t incarnation = 0;
    caf::error why;
  };

  struct traced_node {
    std::size_t index = 0;
    std::string name;
    std::uint64_t first_step = 0;
    std::uint64_t step = 0;
    /// This clock less its clock, in nanoseconds, from the exchange that was
    /// over soonest.
    std::int64_t offset = 0;
    std::int64_t round_trip = std::numeric_limits<std::int64_t>::max();
  };

  static constexpr auto answer_limit = std::chrono::seconds{5};

  /// The error for a node that did not answer, or that why.
  static caf::error no_answer(const std::string& address,
                              const caf::error& why);

  /// Dials those that are not connected; their addresses.
  std::set<std::string> dial();

  void connect();
  void take(link_up& x);
  void take(const link_down& x);
  void drop(const caf::actor& link, const caf::error& why);
  bool learn(const node_status& status);
  void add(const std::string& address);
  std::vector<observation> ask_all();
  caf::expected<deployment_status> find_deployment();
  caf::expected<trace_report> ask_trace(traced_node& x, trace_command what);
  caf::expected<cluster_trace::node> take_trace(traced_node& x);

  own_system system_;
  caf::scoped_actor self_;
  std::vector<known_node> nodes_;
  std::vector<traced_node> traced_;
  network net_;
};

} // namespace ganglion
