#include "actors/node/memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace ganglion {

namespace {

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

/// An actor of its own with little in it; measured, see docs/PERFORMANCE.md.
constexpr std::uint64_t bytes_per_group = 2'560;

/// What every node knows of each group.
constexpr std::uint64_t bytes_per_route = 24;

std::uint64_t of_machine() {
  std::ifstream file{"/proc/meminfo"};
  std::string name;
  std::uint64_t kib = 0;
  std::string rest;
  while (file >> name >> kib && std::getline(file, rest))
    if (name == "MemAvailable:")
      return kib * 1024;
  return no_limit;
}

std::uint64_t number_in(std::ifstream file) {
  std::uint64_t result = 0;
  return file >> result ? result : no_limit; // "max" is no number
}

std::uint64_t of_control_group() {
  auto most = number_in(std::ifstream{"/sys/fs/cgroup/memory.max"});
  auto used = number_in(std::ifstream{"/sys/fs/cgroup/memory.current"});
  if (most == no_limit || used == no_limit)
    return no_limit;
  return most - std::min(most, used);
}

std::uint64_t of_process() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return no_limit;
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t pages = 0;
  statm >> pages;
  auto used = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return limit.rlim_cur - std::min<std::uint64_t>(limit.rlim_cur, used);
}

} // namespace

std::uint64_t available_memory() {
  return std::min({of_machine(), of_control_group(), of_process()});
}

std::uint64_t least_memory(const deploy& x, node_index node,
                           std::uint64_t groups, std::uint64_t all_groups) {
  // In floating point: sizes that nobody has wrap no number.
  double bytes = static_cast<double>(groups) * bytes_per_group
                 + static_cast<double>(all_groups) * bytes_per_route;
  auto arrays = 1 + state_arrays(x.training.optimizer.kind);
  for (const auto& held : x.where.held_by(node))
    bytes += static_cast<double>(x.net.parameters_of(held.layer, held.range))
             * static_cast<double>(arrays * sizeof(float));
  constexpr double largest = 1e18; // which a number can still say
  return bytes < largest ? static_cast<std::uint64_t>(bytes) : no_limit;
}

} // namespace ganglion
