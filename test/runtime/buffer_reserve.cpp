// What the pool of buffers keeps for copies that are made over and over.
#include <doctest/doctest.h>

#include "metadata/values/buffer_pool.hpp"
#include "metadata/values/buffer_reserve.hpp"

using namespace ganglion;

TEST_CASE("a large buffer waits to be taken again while room is reserved") {
  // More than the pool keeps by itself. Nobody touches it, so it costs nothing.
  constexpr std::size_t count = (std::size_t{1} << 28) + 1;
  auto before = pooled_bytes();
  take_buffer(count).reset();
  CHECK(pooled_bytes() == before);
  {
    buffer_reserve room{count * sizeof(float)};
    auto first = take_buffer(count);
    auto* memory = first.get();
    first.reset();
    CHECK(pooled_bytes() == before + count * sizeof(float));
    CHECK(take_buffer(count).get() == memory);
    CHECK(pooled_bytes() == before + count * sizeof(float));
  }
  CHECK(pooled_bytes() <= before);
}

TEST_CASE("buffers that wait are returned where they are dropped") {
  constexpr std::size_t count = std::size_t{1} << 12;
  take_buffer(count).reset();
  CHECK(pooled_bytes() >= count * sizeof(float));
  drop_pooled_buffers();
  CHECK(pooled_bytes() == 0);
}
