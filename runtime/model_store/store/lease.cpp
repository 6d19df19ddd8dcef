#include "runtime/model_store/store/lease.hpp"

#include <unistd.h>

#include <array>
#include <chrono>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace ganglion {

writer_identity this_process(std::string what) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0)
    host = {"unknown"};
  return {host.data(), static_cast<std::uint64_t>(::getpid()), std::move(what)};
}

std::int64_t wall_clock_time() {
  using namespace std::chrono;
  auto now = system_clock::now().time_since_epoch();
  return duration_cast<milliseconds>(now).count();
}

std::string time_text(std::int64_t milliseconds) {
  std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr)
    return "an unknown time";
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", parts);
}

std::string describe(const lease_record& x) {
  auto node = x.writer.node.empty() ? std::string{}
                                    : fmt::format("node {}, ", x.writer.node);
  return fmt::format("{} ({}host {}, process {}, since {})", x.writer.what,
                     node, x.writer.host, x.writer.process, time_text(x.time));
}

} // namespace ganglion
