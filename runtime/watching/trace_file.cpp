#include "runtime/watching/trace_file.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <map>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "runtime/model_store/files/writable_file.hpp"

namespace ganglion {

namespace {

using nlohmann::json;

/// More than the tensors that can arrive from one peer at once.
constexpr std::size_t tids_per_track = 5000;

/// The kind by which a viewer colours and filters.
const char* category_of(activity x) {
  switch (x) {
    case activity::wait:
      return "wait";
    case activity::send:
    case activity::arrive:
      return "transfer";
    default:
      return "compute";
  }
}

double microseconds(std::int64_t ns) {
  return static_cast<double>(ns) / 1000;
}

/// One node's part: which thread a span goes to, and the spans.
class node_writer {
public:
  node_writer(const cluster_trace& all, std::size_t index, std::int64_t start,
              json& out)
    : all_(all),
      node_(all.nodes[index]),
      pid_(index + 1),
      start_(start),
      out_(out) {
    // nop
  }

  void write() {
    name("process_name", 0, "node " + node_.name);
    std::vector<const trace_event*> events;
    for (const auto& x : node_.events)
      events.push_back(&x);
    std::sort(events.begin(), events.end(), [](auto a, auto b) {
      return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
    });
    for (auto x : events)
      write(*x);
  }

private:
  void name(const char* what, std::size_t tid, const std::string& text) {
    out_.push_back({{"name", what},
                    {"ph", "M"},
                    {"pid", pid_},
                    {"tid", tid},
                    {"args", {{"name", text}}}});
  }

  /// A thread of its track that is free at the time; a new one where none is.
  std::size_t thread_for(const trace_event& x) {
    auto& lanes = lanes_[x.track];
    for (auto& free : lanes)
      if (free.busy_until <= x.begin) {
        free.busy_until = x.end;
        return free.tid;
      }
    // By track, so that a viewer shows them in order.
    auto tid = (x.track + 1) * tids_per_track + lanes.size();
    lanes.push_back({tid, x.end});
    const auto& track = node_.tracks[x.track];
    name("thread_name", tid,
         lanes.size() == 1 ? track
                           : fmt::format("{} ({})", track, lanes.size()));
    return tid;
  }

  void write(const trace_event& x) {
    auto tid = thread_for(x);
    auto text = to_string(x.what);
    if (x.what == activity::arrive)
      text += " " + all_.net.at(x.layer).name;
    out_.push_back({{"name", text},
                    {"cat", category_of(x.what)},
                    {"ph", "X"},
                    {"ts", microseconds(x.begin - start_)},
                    {"dur", microseconds(x.end - x.begin)},
                    {"pid", pid_},
                    {"tid", tid},
                    {"args",
                     {{"step", x.step},
                      {"micro_batch", x.micro_batch},
                      {"layer", all_.net.at(x.layer).name}}}});
  }

  struct lane {
    std::size_t tid = 0;
    std::int64_t busy_until = 0;
  };

  const cluster_trace& all_;
  const cluster_trace::node& node_;
  std::size_t pid_;
  std::int64_t start_;
  json& out_;
  std::map<std::uint32_t, std::vector<lane>> lanes_;
};

} // namespace

std::string trace_json(const cluster_trace& x) {
  auto start = std::numeric_limits<std::int64_t>::max();
  for (const auto& node : x.nodes)
    for (const auto& event : node.events)
      start = std::min(start, event.begin);
  auto events = json::array();
  json clocks;
  for (std::size_t i = 0; i < x.nodes.size(); ++i) {
    node_writer{x, i, start, events}.write();
    clocks[x.nodes[i].name] = {
      {"clock_error_us", microseconds(x.nodes[i].clock_error)},
      {"dropped_events", x.nodes[i].dropped}};
  }
  json all{{"displayTimeUnit", "ms"},
           {"otherData", {{"program", "ganglion"}, {"nodes", clocks}}},
           {"traceEvents", events}};
  return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

caf::error write_trace(const cluster_trace& x, const std::string& path) {
  return write_file(path, trace_json(x) + '\n');
}

} // namespace ganglion
