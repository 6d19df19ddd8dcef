// The table of requests: everything that an engine and its nodes ask of each
// other, and report, each declared once. CAF's type IDs, the bytes on the wire,
// who is let in, how links wait, and names in errors follow from a line here;
// a new request is its struct, its handler (node_state::serve) and a line. What
// a message must fit in its deployment is in metadata/messages/checks.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "metadata/messages/deploy_messages.hpp"
#include "metadata/messages/flow_messages.hpp"
#include "metadata/messages/move_messages.hpp"
#include "metadata/messages/parameter_messages.hpp"
#include "metadata/messages/report_messages.hpp"
#include "metadata/messages/standing_messages.hpp"
#include "metadata/messages/status_messages.hpp"
#include "metadata/messages/store_messages.hpp"
#include "metadata/messages/traffic_messages.hpp"
#include "metadata/messages/update_messages.hpp"

namespace ganglion {

/// Who may ask.
enum class may_ask : std::uint8_t {
  /// Any engine, also one that only looks.
  anyone,
  /// Any engine that computes.
  engine,
  /// The engine of the run, over the link by which it deployed.
  owner,
  /// That engine, and the nodes of the deployment.
  member,
};

/// For how long an answer may take while whoever owes it does nothing: work
/// that goes on, however long, starts the time anew (see
/// runtime/engine/watch.cpp).
enum class answer_time : std::uint8_t {
  prompt,
  /// Files on a share are read or written: it may stand still for long.
  share,
};

/// The most bytes that a message may have, whoever sends it.
enum class holds : std::uint8_t {
  /// 64 KiB: numbers, names, an error.
  little,
  /// 16 MiB: ranges of a placement, digests, outputs.
  much,
  /// 96 MiB: a network with all its edges.
  a_network,
  /// Parameters: as many as a slice has in the deployment.
  a_slice,
};

// clang-format off

/// row(request, answer, who may ask, answer_time, request holds, answer holds).
/// The order is the wire format.
#define GANGLION_REQUESTS(row)                                                \
  row(deploy,        deployed,        engine, prompt, a_network, little)      \
  row(release,       released,        owner,  prompt, little,    much)        \
  row(fetch,         parameter_slice, member, prompt, little,    a_slice)     \
  row(store,         stored,          owner,  prompt, a_slice,   little)      \
  row(fetch_digests, digests,         owner,  prompt, little,    much)        \
  row(fetch_outputs, output_slice,    owner,  prompt, little,    much)        \
  row(fetch_not_finite, not_finite,   owner,  prompt, little,    much)        \
  row(fetch_traffic, traffic_report,  owner,  prompt, little,    much)        \
  row(fetch_flow,    flow_state,      owner,  prompt, little,    a_network)   \
  row(open_store,    store_opened,    owner,  share,  little,    little)      \
  row(load_shards,   shards_loaded,   owner,  share,  little,    little)      \
  row(keep_step,     step_kept,       owner,  prompt, little,    little)      \
  row(prepare_move,  move_prepared,   owner,  prompt, much,      little)      \
  row(settle_move,   move_settled,    owner,  prompt, little,    little)      \
  row(apply_update,  update_applied,  owner,  prompt, little,    little)      \
  row(change_rate,   rate_changed,    owner,  prompt, little,    little)      \
  row(change_step,   step_changed,    owner,  prompt, little,    little)      \
  row(yield_rows,    rows_yielded,    owner,  prompt, little,    little)      \
  row(fetch_status,  node_status,     anyone, prompt, little,    a_network)   \
  row(fetch_trace,   trace_report,    anyone, prompt, little,    a_network)

/// row(report, holds): from a node to the engine of its run, without an answer.
#define GANGLION_REPORTS(row)                                                 \
  row(loss_report,    little)                                                 \
  row(flow_done,      little)                                                 \
  row(run_failed,     little)                                                 \
  row(gradient_squares, little)                                               \
  row(shards_written, much)

// clang-format on

/// What the table says of a type; nothing of types that are not in it.
template <class T>
struct request_rule;

#define GANGLION_ROW(request, response, who, time, size, answer_size)          \
  template <>                                                                  \
  struct request_rule<request> {                                               \
    using answer = response;                                                   \
    static constexpr std::string_view name = #request;                         \
    static constexpr may_ask by = may_ask::who;                                \
    static constexpr answer_time wait = answer_time::time;                     \
  };
GANGLION_REQUESTS(GANGLION_ROW)
#undef GANGLION_ROW

template <class T>
concept is_request = requires {
  request_rule<T>::by;
};

template <is_request T>
using answer_to = typename request_rule<T>::answer;

/// A request or report that belongs to a run.
template <class T>
concept of_a_run = requires(const T& x) {
  x.run;
};

/// The run that a message names.
template <class T>
run_id run_of(const T& x) {
  if constexpr (requires { x.head.run; })
    return x.head.run;
  else if constexpr (requires { x.slice.run; })
    return x.slice.run;
  else if constexpr (of_a_run<T>)
    return x.run;
  else
    return 0;
}

constexpr std::chrono::seconds time_of(answer_time x) noexcept {
  return std::chrono::seconds{x == answer_time::share ? 600 : 6};
}

} // namespace ganglion
