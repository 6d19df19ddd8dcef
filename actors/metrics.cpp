#include "actors/metrics.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ganglion {

namespace {

/// 2 MiB of events.
constexpr std::size_t ring_size = std::size_t{1} << 15;

constexpr auto longest_trace = std::chrono::minutes{1};

/// Samples of an inference from which on it is timed.
constexpr std::size_t fewest_timed = 16;

/// Speed is an average over about so many marks at this distance.
constexpr auto mark_distance = std::chrono::milliseconds{250};
constexpr std::size_t max_marks = 12;

constexpr std::size_t few_groups = 1024;

/// Entries of 24 bytes that are at least a cache line apart.
constexpr std::size_t apart = 4;

std::uint64_t nanoseconds(std::chrono::steady_clock::duration x) {
  return static_cast<std::uint64_t>(
    std::chrono::duration_cast<std::chrono::nanoseconds>(x).count());
}

std::int64_t since_start(std::chrono::steady_clock::time_point x) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           x.time_since_epoch())
    .count();
}

/// Nobody else writes it: cheaper than an atomic addition.
void add_to(std::atomic<std::uint64_t>& x, std::uint64_t more) {
  x.store(x.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

} // namespace

// -- trace_ring ---------------------------------------------------------------

void trace_ring::begin() {
  std::lock_guard guard{mutex_};
  events_.clear();
  events_.reserve(ring_size);
  added_ = 0;
  until_ = clock::now() + longest_trace;
  on_ = true;
}

void trace_ring::add(const trace_event& x) {
  std::lock_guard guard{mutex_};
  if (!on_)
    return;
  if (x.end > since_start(until_)) {
    on_ = false;
    events_ = {};
    return;
  }
  if (events_.size() < ring_size)
    events_.push_back(x);
  else
    events_[added_ % ring_size] = x;
  ++added_;
}

std::vector<trace_event> trace_ring::end(std::uint64_t& dropped) {
  std::lock_guard guard{mutex_};
  on_ = false;
  dropped = added_ - std::min<std::uint64_t>(added_, events_.size());
  if (dropped > 0)
    std::rotate(events_.begin(),
                events_.begin()
                  + static_cast<std::ptrdiff_t>(added_ % ring_size),
                events_.end());
  return std::exchange(events_, {});
}

// -- loss_progress ------------------------------------------------------------

void loss_progress::add(const header& head, double loss_sum,
                        std::uint64_t samples) {
  auto now = clock::now();
  std::lock_guard guard{mutex_};
  state_.samples += samples;
  if (marks_.empty() || now - marks_.back().time >= mark_distance) {
    marks_.push_back({now, state_.samples});
    if (marks_.size() > max_marks)
      marks_.pop_front();
  }
  loss_sum_ += loss_sum;
  samples_ += samples;
  if (++parts_ < head.micro_batches)
    return;
  state_.step = head.step;
  state_.loss = loss_sum_ / static_cast<double>(samples_);
  loss_sum_ = 0;
  samples_ = parts_ = 0;
}

training_state loss_progress::get() const {
  auto now = clock::now();
  std::lock_guard guard{mutex_};
  auto result = state_;
  if (marks_.empty())
    return result;
  const auto& from = marks_.front();
  std::chrono::duration<double> time = now - from.time;
  if (time.count() > 0)
    result.samples_per_second
      = static_cast<double>(state_.samples - from.samples) / time.count();
  return result;
}

// -- deployment_metrics -------------------------------------------------------

deployment_metrics::deployment_metrics(network net, std::size_t groups,
                                       bool has_loss,
                                       std::vector<std::string> peers,
                                       std::shared_ptr<work_meter> work)
  : net_(std::move(net)),
    work_(std::move(work)),
    groups_(groups),
    has_loss_(has_loss),
    peers_(std::move(peers)),
    // A few groups work all the time, each on its thread: they are kept on
    // cache lines of their own. Of very many, each is small.
    distance_(groups <= few_groups ? apart : 1),
    times_((groups + 1) * distance_),
    arrive_(net_.layers().size() + 1) {
  // nop
}

void deployment_metrics::arrived(std::uint32_t track, const header& head,
                                 bool is_output, clock::time_point first_byte,
                                 clock::time_point last_byte) {
  auto add = [&](layer_id layer) {
    arrive_[layer].fetch_add(nanoseconds(last_byte - first_byte),
                             std::memory_order_relaxed);
  };
  // Outputs are for the layers that take them in; what feeds none is for the
  // loss. A gradient is for the layer itself.
  auto consumers = net_.consumers_of(head.layer);
  if (!is_output || head.tick > 0)
    add(head.layer);
  else if (consumers.empty())
    add(loss_layer());
  else
    std::for_each(consumers.begin(), consumers.end(), add);
  if (trace.on())
    trace.add({activity::arrive, track, head.layer, head.micro_batch, head.step,
               since_start(first_byte), since_start(last_byte)});
}

std::vector<layer_load>
deployment_metrics::loads(std::span<const group_route> groups) const {
  std::vector<layer_load> all(net_.layers().size() + 1);
  auto add = [&](layer_id layer, const times& x) {
    auto& to = all[layer];
    ++to.groups;
    to.compute_ns += x.compute.load(std::memory_order_relaxed);
    to.wait_ns += x.wait.load(std::memory_order_relaxed);
    to.send_ns += x.send.load(std::memory_order_relaxed);
  };
  for (std::uint32_t i = 0; i < groups.size(); ++i)
    add(*net_.layer_of(groups[i].range.first), of(i));
  if (has_loss_)
    add(loss_layer(), of(loss_track()));
  std::vector<layer_load> result;
  for (layer_id id = 0; id < all.size(); ++id) {
    if (all[id].groups == 0)
      continue;
    all[id].layer = id;
    all[id].arrive_ns = arrive_[id].load(std::memory_order_relaxed);
    result.push_back(all[id]);
  }
  return result;
}

std::vector<std::string>
deployment_metrics::track_names(std::span<const group_route> groups) const {
  std::vector<std::string> result;
  for (const auto& x : groups) {
    auto layer = *net_.layer_of(x.range.first);
    auto first = x.range.first - net_.range_of(layer).first;
    result.push_back(fmt::format("{}[{}..{}]", net_.at(layer).name, first,
                                 first + x.range.count - 1));
  }
  result.emplace_back("loss");
  for (const auto& x : peers_)
    result.push_back("from " + x);
  return result;
}

// -- stopwatch ----------------------------------------------------------------

void stopwatch::begin(const header& head, std::size_t rows) {
  timed_ = rows >= fewest_timed || head.mode == pass_mode::train
           || metrics_->trace.on();
  if (timed_)
    lap(activity::wait, head);
  else
    last_ = {};
}

void stopwatch::lap(activity what, const header& head) {
  if (!timed_)
    return;
  auto now = clock::now();
  auto before = std::exchange(last_, now);
  if (before == clock::time_point{})
    return;
  auto& mine = metrics_->of(track_);
  auto& to = what == activity::wait   ? mine.wait
             : what == activity::send ? mine.send
                                      : mine.compute;
  add_to(to, nanoseconds(now - before));
  if (metrics_->trace.on())
    metrics_->trace.add({what, track_, head.layer, head.micro_batch, head.step,
                         since_start(before), since_start(now)});
}

} // namespace ganglion
