// A time line as trace-event JSON, which Perfetto and Chrome's tracing show:
// a process per node, in it a thread per group, for the loss, and for the
// tensors that arrive from each peer. Pure functions.
#pragma once

#include <string>

#include <caf/error.hpp>

#include "runtime/watching/observer.hpp"

namespace ganglion {

/// Times are microseconds since the first event. Spans of one thread never
/// overlap: arrivals that do are put on several.
std::string trace_json(const cluster_trace& x);

/// Errors: bad_argument where it cannot be written.
caf::error write_trace(const cluster_trace& x, const std::string& path);

} // namespace ganglion
