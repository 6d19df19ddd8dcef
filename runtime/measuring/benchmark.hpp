// Measures a deployed network on synthetic data: an actor keeps so many
// requests at the engine, for so long, and notes when each is answered. Blocks;
// it prints nothing, and compares nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <caf/expected.hpp>

#include "runtime/hosting/session.hpp"

namespace ganglion {

struct benchmark_options {
  /// Train, or else infer.
  bool train = true;
  /// Samples per request.
  std::uint64_t batch = 128;
  /// Requests at the engine at once while throughput is measured.
  std::size_t in_flight = 4;
  /// Of all that is measured, after a warm-up.
  std::chrono::duration<double> duration{5};
};

struct benchmark_result {
  /// Samples per second in the best and the median of five equal rounds.
  double best = 0;
  double median = 0;
  /// From request to answer, with one request at a time, in microseconds.
  double latency_p50 = 0;
  double latency_p99 = 0;
  /// Written to the links between nodes, warm-up included.
  double bytes_between_nodes_per_sample = 0;
  /// Sum over this process and those that it started.
  std::uint64_t peak_rss_bytes = 0;
};

/// Errors: those of the engine.
caf::expected<benchmark_result> measure(session& on,
                                        const benchmark_options& options);

} // namespace ganglion
