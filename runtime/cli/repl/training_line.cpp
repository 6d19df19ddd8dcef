#include "runtime/cli/repl/training_line.hpp"

#include <cmath>
#include <cstdio>

#include <fmt/format.h>

namespace ganglion::cli {

namespace {

constexpr auto redraw_interval = std::chrono::milliseconds{100};

std::string time_left_text(double seconds) {
  return seconds < 90 ? fmt::format("{:.0f} s", seconds)
                      : fmt::format("{:.0f} min", seconds / 60);
}

} // namespace

std::string accuracy_text(const progress& x) {
  return std::isnan(x.accuracy)
           ? ""
           : fmt::format(", accuracy {:.1f} %", 100 * x.accuracy);
}

void training_line::show(const progress& x, std::uint64_t done,
                         std::uint64_t all) {
  auto now = clock::now();
  if (!on_ || (now - shown_ < redraw_interval && done < all))
    return;
  shown_ = now;
  std::chrono::duration<double> took = now - begun_;
  auto left = took.count() / static_cast<double>(done)
              * static_cast<double>(all - done);
  fmt::print("\r\x1b[Kepoch {}, step {} of {}: loss {:.4f}{}, {} left", x.epoch,
             done, all, x.loss, accuracy_text(x), time_left_text(left));
  std::fflush(stdout);
}

double training_line::seconds() const {
  return std::chrono::duration<double>{clock::now() - begun_}.count();
}

void training_line::clear() const {
  if (on_)
    fmt::print("\r\x1b[K");
}

} // namespace ganglion::cli
