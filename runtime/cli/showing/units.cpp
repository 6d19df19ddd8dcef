#include "runtime/cli/showing/units.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace ganglion::cli {

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

std::string time_span_text(double seconds) {
  if (seconds == 0)
    return "0 s";
  if (seconds < 1e-3)
    return fmt::format("{:.0f} us", seconds * 1e6);
  if (seconds < 0.1)
    return fmt::format("{:.2f} ms", seconds * 1e3);
  if (seconds < 1)
    return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 10)
    return fmt::format("{:.1f} s", seconds);
  if (seconds < 120)
    return fmt::format("{:.0f} s", seconds);
  if (seconds < 120 * 60)
    return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 48 * 3600)
    return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} days", seconds / 86400);
}

std::string count_text(double count) {
  auto result = fmt::format("{:.0f}", std::fabs(count) < 1e18 ? count : 1e18);
  for (auto i = static_cast<std::ptrdiff_t>(result.size()) - 3; i > 0; i -= 3)
    if (result[static_cast<std::size_t>(i) - 1] != '-')
      result.insert(static_cast<std::size_t>(i), 1, ',');
  return result;
}

} // namespace ganglion::cli
