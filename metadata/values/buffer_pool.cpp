#include "metadata/values/buffer_pool.hpp"

#include <array>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "metadata/values/buffer_reserve.hpp"

namespace ganglion {

namespace {

/// Smaller ones cost the general allocator no system call, and would cost more
/// than they hold if they were aligned: a neuron's outputs are a few bytes.
constexpr std::size_t smallest = std::size_t{1} << 10;

constexpr std::size_t few = 2;

/// Bytes that may wait. What a step has in flight is bounded by admission, and
/// little of it waits here at any time but at the end of a run.
constexpr std::size_t largest_total = std::size_t{1} << 28;

constexpr std::align_val_t alignment{64};

float* allocate(std::size_t count) {
  return static_cast<float*>(::operator new(count * sizeof(float), alignment));
}

void deallocate(float* buffer) {
  ::operator delete(buffer, alignment);
}

class pool {
public:
  float* take(std::size_t count) {
    {
      std::lock_guard guard{mutex_};
      auto i = free_.find(count);
      if (i != free_.end() && !i->second.empty()) {
        auto result = i->second.back();
        i->second.pop_back();
        total_ -= count * sizeof(float);
        return result;
      }
    }
    return allocate(count);
  }

  void give_back(float* buffer, std::size_t count) {
    {
      std::lock_guard guard{mutex_};
      if (total_ + count * sizeof(float) <= limit_) {
        free_[count].push_back(buffer);
        total_ += count * sizeof(float);
        return;
      }
    }
    deallocate(buffer);
  }

  void raise_limit(std::size_t bytes) {
    std::lock_guard guard{mutex_};
    limit_ += bytes;
  }

  void lower_limit(std::size_t bytes) {
    std::lock_guard guard{mutex_};
    limit_ -= bytes;
    shrink_to(limit_);
  }

  void drop_all() {
    std::lock_guard guard{mutex_};
    shrink_to(0);
  }

  std::size_t total() {
    std::lock_guard guard{mutex_};
    return total_;
  }

private:
  /// With the lock held.
  void shrink_to(std::size_t bytes) {
    for (auto i = free_.begin(); i != free_.end() && total_ > bytes; ++i)
      for (; !i->second.empty() && total_ > bytes; i->second.pop_back()) {
        deallocate(i->second.back());
        total_ -= i->first * sizeof(float);
      }
  }

  std::mutex mutex_;
  /// By number of floats: a network has few shapes.
  std::unordered_map<std::size_t, std::vector<float*>> free_;
  std::size_t total_ = 0;
  std::size_t limit_ = largest_total;
};

/// Never destroyed: actors may outlive static objects.
pool& the_pool() {
  static auto& result = *new pool;
  return result;
}

} // namespace

std::shared_ptr<float[]> take_buffer(std::size_t count) {
  // What a single neuron answers for one sample. An array of a length that is
  // known beforehand takes half of the memory, and there may be a million.
  if (count <= few) {
    auto values = std::make_shared_for_overwrite<std::array<float, few>>();
    return {values, values->data()};
  }
  if (count < smallest)
    return std::make_shared_for_overwrite<float[]>(count);
  return {the_pool().take(count),
          [count](float* buffer) { the_pool().give_back(buffer, count); }};
}

buffer_reserve::buffer_reserve(std::size_t bytes) : bytes_(bytes) {
  the_pool().raise_limit(bytes);
}

buffer_reserve::~buffer_reserve() {
  the_pool().lower_limit(bytes_);
}

void drop_pooled_buffers() {
  the_pool().drop_all();
}

std::size_t pooled_bytes() {
  return the_pool().total();
}

} // namespace ganglion
