#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace ganglion::cli {

namespace {

constexpr auto refresh = std::chrono::milliseconds{250};

/// What takes less long needs no line.
constexpr auto answer_time = std::chrono::seconds{1};

std::string left_text(double seconds) {
  return seconds < 120 ? fmt::format("{:.0f} s left", std::ceil(seconds))
                       : time_span_text(seconds) + " left";
}

std::string start_of_line(const progress& x) {
  auto accuracy = std::isnan(x.accuracy)
                    ? std::string{}
                    : fmt::format("  {:.2f} %", 100 * x.accuracy);
  return fmt::format("epoch {}  step {}/{}  loss {:.4f}{}  {} samples/s",
                     x.epoch, x.step, x.steps, x.loss, accuracy,
                     count_text(x.samples_per_second));
}

/// For a terminal of 80 columns.
std::string live_line(const progress& x) {
  return start_of_line(x) + "  " + left_text(x.seconds_left);
}

/// Nothing is known of the bytes where a node was lost.
std::string epoch_line(const progress& x,
                       const caf::expected<traffic_summary>& traffic) {
  auto result = start_of_line(x);
  if (traffic)
    result += fmt::format(
      "  {} across", bytes_text(static_cast<double>(traffic->between_nodes)));
  return result;
}

} // namespace

std::string placement_text_of(const network& net, const placement& where) {
  std::string result;
  for (const auto& x : where.ranges())
    result += fmt::format("  {:<8} {:<10} neurons {:>6} to {:<6} ({})\n",
                          where.nodes()[x.node], net.at(x.layer).name,
                          x.range.first, x.range.end() - 1, x.range.count);
  return result;
}

std::string json_text(const nlohmann::json& x, int indent) {
  // Otherwise a byte that is no UTF-8 would throw.
  return x.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json placement_json(const network& net, const placement& where) {
  auto result = nlohmann::json::array();
  for (const auto& x : where.ranges())
    result.push_back({{"node", where.nodes()[x.node]},
                      {"first", x.range.first},
                      {"count", x.range.count},
                      {"layer", net.at(x.layer).name}});
  return result;
}

void print_aside(const std::string& line) {
  auto terminal = ::isatty(STDERR_FILENO) != 0;
  print_error("{}{}\n", terminal ? "\r\x1b[K" : "", line);
}

work_line::work_line(std::string what, bool quiet)
  : what_(std::move(what)),
    shown_on_(!quiet && ::isatty(STDERR_FILENO) != 0),
    began_(std::chrono::steady_clock::now()) {
  // nop
}

work_line::~work_line() {
  if (written_)
    print_error("\r\x1b[K");
}

void work_line::show(std::uint64_t done, std::uint64_t all) {
  auto now = std::chrono::steady_clock::now();
  if (!shown_on_ || now - began_ < answer_time || now - last_ < refresh
      || done == 0)
    return;
  last_ = now;
  written_ = true;
  std::chrono::duration<double> time = now - began_;
  auto left = time.count() * static_cast<double>(all - std::min(done, all))
              / static_cast<double>(done);
  print_error("\r\x1b[K{}  {:.0f} %  {}", what_,
              100 * static_cast<double>(done)
                / static_cast<double>(std::max<std::uint64_t>(all, 1)),
              left_text(left));
  std::fflush(stderr);
}

progress_line::progress_line(session& on, bool quiet)
  : on_(on), quiet_(quiet), terminal_(::isatty(STDERR_FILENO) != 0) {
  // nop
}

void progress_line::show(const progress& x) {
  if (quiet_)
    return;
  auto now = std::chrono::steady_clock::now();
  if (epoch_ != 0 && x.epoch != epoch_ && !terminal_)
    finish();
  epoch_ = x.epoch;
  last_ = x;
  if (!terminal_ || (now - shown_ < refresh && x.step < x.steps))
    return;
  shown_ = now;
  print_error("\r\x1b[K{}", live_line(x));
  std::fflush(stderr);
}

void progress_line::finish() {
  if (quiet_ || epoch_ == 0)
    return;
  print_error("{}{}\n", terminal_ ? "\r\x1b[K" : "",
              epoch_line(last_, on_.ask<traffic_summary>(get_traffic{})));
  epoch_ = 0;
}

} // namespace ganglion::cli
