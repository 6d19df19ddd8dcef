#include "actors/kernel/products/scratch.hpp"

#include <array>
#include <memory>
#include <vector>

namespace ganglion {

namespace {

constexpr std::size_t cache_line = 64;

struct room {
  std::vector<float> floats;
  float* begin = nullptr;
  std::size_t count = 0;
};

} // namespace

float* scratch(scratch_use use, std::size_t count) {
  static thread_local std::array<room, 4> rooms;
  auto& x = rooms[static_cast<std::size_t>(use)];
  if (x.count < count) {
    x.floats.clear();
    x.floats.resize(count + cache_line / sizeof(float));
    auto space = x.floats.size() * sizeof(float);
    void* at = x.floats.data();
    x.begin = static_cast<float*>(
      std::align(cache_line, count * sizeof(float), at, space));
    x.count = count;
  }
  return x.begin;
}

} // namespace ganglion
