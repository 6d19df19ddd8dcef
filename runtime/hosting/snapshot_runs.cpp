#include "runtime/hosting/snapshot_runs.hpp"

#include <iterator>

namespace ganglion {

namespace {

/// Bytes of parameters in one shard, unless one group has more.
constexpr std::uint64_t shard_size = std::uint64_t{1} << 28;

std::uint64_t bytes_of(const snapshot& x) {
  return x.weights.size() * (1 + x.state.size()) * sizeof(float);
}

} // namespace

std::uint64_t bytes_of(const snapshots& all) {
  std::uint64_t result = 0;
  for (const auto& x : all)
    result += bytes_of(x);
  return result;
}

snapshots::iterator shard_end(snapshots::iterator first,
                              snapshots::iterator last) {
  auto size = bytes_of(*first);
  auto i = std::next(first);
  for (; i != last; ++i) {
    size += bytes_of(*i);
    if (i->layer != first->layer || i->range.first != std::prev(i)->range.end()
        || size > shard_size)
      break;
  }
  return i;
}

} // namespace ganglion
