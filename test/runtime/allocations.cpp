// What is taken from the allocator, counted by replacing the global operators
// of this program: nothing large by a training after its first steps, and for
// digests in proportion to the groups.
#include <atomic>
#include <cstdlib>
#include <new>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/hosting/session.hpp"

namespace {

constexpr std::size_t large = 4096;

std::atomic<bool> counting = false;
std::atomic<std::size_t> large_allocations = 0;
std::atomic<std::size_t> allocated_bytes = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  if (counting) {
    allocated_bytes += size;
    if (size > large)
      ++large_allocations;
  }
  auto rounded = (size + alignment - 1) / alignment * alignment;
  return std::aligned_alloc(alignment, rounded);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  if (auto result = allocate(size, alignment))
    return result;
  throw std::bad_alloc{};
}

} // namespace

void* operator new(std::size_t size) {
  return allocate_or_throw(size, alignof(std::max_align_t));
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, alignof(std::max_align_t));
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}

void operator delete(void* x) noexcept {
  std::free(x);
}

void operator delete(void* x, std::size_t) noexcept {
  std::free(x);
}

void operator delete(void* x, std::align_val_t) noexcept {
  std::free(x);
}

void operator delete(void* x, std::size_t, std::align_val_t) noexcept {
  std::free(x);
}

using namespace ganglion;

TEST_CASE("after a warm-up, a training step allocates nothing above 4 KiB") {
  for (std::uint32_t micro_batches : {1, 4}) {
    session_options options;
    options.net = *parse_network("mlp:100-256-128-64-10");
    options.request = *parse_request("layers");
    options.training.optimizer.kind = optimizer_kind::sgd;
    options.node_options.threads = 2;
    options.micro_batches = micro_batches;
    auto on = session::open(options);
    REQUIRE(on);
    auto samples = tensor::copy_of(std::vector<float>(12800, 0.5f), 128, 100);
    auto wanted = tensor::copy_of(std::vector<float>(128, 3), 128, 1);
    auto train = [&](int steps) {
      for (int i = 0; i < steps; ++i)
        REQUIRE((*on)->ask<step_report>(train_step{samples, wanted}));
    };
    // How many buffers are in flight at once depends on the schedule.
    train(50);
    large_allocations = 0;
    counting = true;
    train(20);
    counting = false;
    CHECK(large_allocations <= 2);
  }
}

TEST_CASE("four times the groups take four times the memory for digests") {
  auto bytes_for = [](std::uint64_t groups) {
    session_options options;
    options.net = *parse_network(fmt::format("mlp:2-{}-1", groups), 1);
    options.request = *parse_request("layers");
    options.group_size = 1;
    auto on = session::open(options);
    REQUIRE(on);
    allocated_bytes = 0;
    counting = true;
    auto digests = (*on)->ask<weight_digests>(get_digests{});
    counting = false;
    REQUIRE(digests);
    CHECK(digests->weights.size() == 32 * (groups + 1));
    return static_cast<double>(allocated_bytes);
  };
  auto few = bytes_for(1000);
  auto ratio = bytes_for(4000) / few;
  CHECK(ratio > 2);
  CHECK(ratio < 6);
}
