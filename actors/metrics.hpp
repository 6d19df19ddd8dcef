// Where the time of one deployment on one node goes. Its groups, its loss and
// its links write, each on its own thread; the node reads when somebody asks.
// Counting is always on: a look at the clock and an addition per piece of work.
// A time line is kept only while somebody wants one. No result depends on it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "actors/kernel/work_meter.hpp"
#include "metadata/messages/messages.hpp"

namespace ganglion {

/// The last events of a time line, in a ring of fixed size that exists only
/// while it is wanted. Safe from any thread.
class trace_ring {
public:
  using clock = std::chrono::steady_clock;

  /// Whether events are wanted: cheap, and asked before each.
  [[nodiscard]] bool on() const noexcept {
    return on_.load(std::memory_order_relaxed);
  }

  /// Forgets what there was. It ends by itself after a minute, lest one be
  /// kept forever for somebody who has died.
  void begin();

  void add(const trace_event& x);

  /// Ends it: the events, oldest first, and how many there was no room for.
  std::vector<trace_event> end(std::uint64_t& dropped);

private:
  std::atomic<bool> on_ = false;
  std::mutex mutex_;
  std::vector<trace_event> events_;
  std::uint64_t added_ = 0;
  clock::time_point until_;
};

/// How far a training is, as its loss sees it. Safe from any thread.
class loss_progress {
public:
  using clock = std::chrono::steady_clock;

  void add(const header& head, double loss_sum, std::uint64_t samples);

  [[nodiscard]] training_state get() const;

private:
  /// How many samples there had been, at some time.
  struct mark {
    clock::time_point time;
    std::uint64_t samples = 0;
  };

  mutable std::mutex mutex_;
  training_state state_;
  /// Of the step that is under way: sums, and micro-batches that are in.
  double loss_sum_ = 0;
  std::uint64_t samples_ = 0;
  std::uint32_t parts_ = 0;
  /// Of the last seconds, for the speed.
  std::deque<mark> marks_;
};

class deployment_metrics {
public:
  using clock = std::chrono::steady_clock;

  /// What one group, or the loss, has done, in nanoseconds.
  struct times {
    std::atomic<std::uint64_t> compute = 0;
    std::atomic<std::uint64_t> wait = 0;
    std::atomic<std::uint64_t> send = 0;
  };

  /// A track for each of the node's groups, in ID order; the loss has the one
  /// after the last, and arrivals from peer i the i-th after that.
  deployment_metrics(network net, std::size_t groups, bool has_loss,
                     std::vector<std::string> peers,
                     std::shared_ptr<work_meter> work);

  /// What all of them are at: also of a run that is being put in place.
  [[nodiscard]] work_meter& work() const noexcept {
    return *work_;
  }

  [[nodiscard]] times& of(std::uint32_t track) {
    return times_[track * distance_];
  }

  [[nodiscard]] std::uint32_t loss_track() const noexcept {
    return static_cast<std::uint32_t>(groups_);
  }

  [[nodiscard]] std::uint32_t peer_track(std::size_t peer) const noexcept {
    return loss_track() + 1 + static_cast<std::uint32_t>(peer);
  }

  /// A tensor came over the link with this track.
  void arrived(std::uint32_t track, const header& head, bool is_output,
               clock::time_point first_byte, clock::time_point last_byte);

  /// Totals of the layers that have groups here, and of the loss. `groups` are
  /// the node's, here and below.
  [[nodiscard]] std::vector<layer_load>
  loads(std::span<const group_route> groups) const;

  /// Names of all tracks.
  [[nodiscard]] std::vector<std::string>
  track_names(std::span<const group_route> groups) const;

  trace_ring trace;
  loss_progress progress;

private:
  [[nodiscard]] const times& of(std::uint32_t track) const {
    return times_[track * distance_];
  }

  [[nodiscard]] layer_id loss_layer() const noexcept {
    return static_cast<layer_id>(net_.layers().size());
  }

  network net_;
  std::shared_ptr<work_meter> work_;
  std::size_t groups_;
  bool has_loss_;
  std::vector<std::string> peers_;
  /// Entries from one track's to the next: see the constructor.
  std::size_t distance_;
  std::vector<times> times_;
  /// By layer, and of the loss: arrivals.
  std::vector<std::atomic<std::uint64_t>> arrive_;
};

using metrics_ptr = std::shared_ptr<deployment_metrics>;

/// Divides one actor's time into laps. Owned by the actor, which keeps the
/// metrics alive.
class stopwatch {
public:
  using clock = std::chrono::steady_clock;

  stopwatch(deployment_metrics& metrics, std::uint32_t track)
    : metrics_(&metrics), track_(track) {
    // nop
  }

  /// Work begins with so many samples; all since the lap before was a wait.
  /// Inferences of a few samples are not timed, except for a time line: looks
  /// at the clock would take a good part of their time.
  void begin(const header& head, std::size_t rows);

  /// All since the lap before was spent so.
  void lap(activity what, const header& head);

private:
  deployment_metrics* metrics_;
  std::uint32_t track_;
  bool timed_ = false;
  clock::time_point last_;
};

} // namespace ganglion
