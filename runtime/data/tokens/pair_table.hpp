// From two numbers to two numbers, found at once: a hash table in one piece of
// memory. A value; threads may share it while nobody adds to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ganglion {

class pair_table {
public:
  using number = std::uint32_t;

  struct value {
    number first = 0;
    number second = 0;
  };

  /// Both numbers are below 2^32 - 1. What was there is replaced.
  void set(number a, number b, value x) {
    if (2 * (count_ + 1) > slots_.size())
      grow();
    auto& slot = slots_[place_of(key_of(a, b))];
    count_ += slot.key == none ? 1 : 0;
    slot = {key_of(a, b), x};
  }

  /// nullptr where there is none.
  [[nodiscard]] const value* find(number a, number b) const {
    if (slots_.empty())
      return nullptr;
    const auto& slot = slots_[place_of(key_of(a, b))];
    return slot.key == none ? nullptr : &slot.what;
  }

private:
  static constexpr std::uint64_t none = ~std::uint64_t{0};

  struct entry {
    std::uint64_t key = none;
    value what;
  };

  static std::uint64_t key_of(number a, number b) {
    return std::uint64_t{a} << 32 | b;
  }

  /// Where the key is, or would be.
  [[nodiscard]] std::size_t place_of(std::uint64_t key) const {
    // SplitMix64's finalizer (Steele et al. 2014).
    auto x = (key ^ key >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    auto mask = slots_.size() - 1;
    auto i = (x ^ x >> 31) & mask;
    while (slots_[i].key != none && slots_[i].key != key)
      i = (i + 1) & mask;
    return i;
  }

  void grow() {
    constexpr std::size_t least = 64;
    std::vector<entry> old(slots_.empty() ? least : 2 * slots_.size());
    old.swap(slots_);
    for (const auto& x : old)
      if (x.key != none)
        slots_[place_of(x.key)] = x;
  }

  std::vector<entry> slots_;
  std::size_t count_ = 0;
};

} // namespace ganglion
