#include "runtime/cli/report.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>

#include <fmt/format.h>

namespace ganglion::cli {

namespace {

constexpr auto refresh = std::chrono::milliseconds{250};

std::string line_of(const progress& x, std::uint64_t bytes) {
  return fmt::format("epoch {}  step {}/{}  loss {:.4f}  accuracy {:.2f} %  "
                     "{:.0f} samples/s  {} across",
                     x.epoch, x.step, x.steps, x.loss, 100 * x.accuracy,
                     x.samples_per_second,
                     bytes_text(static_cast<double>(bytes)));
}

} // namespace

std::string bytes_text(double bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t i = 0;
  while (bytes >= 1024 && i + 1 < units.size()) {
    bytes /= 1024;
    ++i;
  }
  return i == 0 ? fmt::format("{:.0f} B", bytes)
                : fmt::format("{:.1f} {}", bytes, units[i]);
}

std::string placement_text_of(const network& net, const placement& where) {
  std::string result;
  for (const auto& x : where.ranges())
    result += fmt::format("  {:<8} {:<10} neurons {:>6} to {:<6} ({})\n",
                          where.nodes()[x.node], net.at(x.layer).name,
                          x.range.first, x.range.end() - 1, x.range.count);
  return result;
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
  fmt::print(stderr, "{}{}\n", terminal ? "\r\x1b[K" : "", line);
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
  if (auto traffic = on_.ask<traffic_summary>(get_traffic{}))
    bytes_ = traffic->between_nodes;
  fmt::print(stderr, "\r\x1b[K{}", line_of(x, bytes_));
  std::fflush(stderr);
}

void progress_line::finish() {
  if (quiet_ || epoch_ == 0)
    return;
  if (auto traffic = on_.ask<traffic_summary>(get_traffic{}))
    bytes_ = traffic->between_nodes;
  fmt::print(stderr, "{}{}\n", terminal_ ? "\r\x1b[K" : "",
             line_of(last_, bytes_));
}

} // namespace ganglion::cli
