// Identifiers of neurons, and ranges of them: the unit of all metadata,
// placement and messages. Plain values, free of CAF, safe to copy and share.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "metadata/fields.hpp"

namespace ganglion {

/// Dense 64-bit number of a neuron: layers in order of declaration, each
/// owning a contiguous range. Input units have IDs too, and no weights.
using neuron_id = std::uint64_t;

/// Position of a layer in the order of declaration; 0 is the first input.
using layer_id = std::uint32_t;

/// The neurons first, first + 1, ..., first + count - 1.
struct neuron_range {
  neuron_id first = 0;
  std::uint64_t count = 0;

  /// One past the last neuron.
  [[nodiscard]] constexpr neuron_id end() const noexcept {
    return first + count;
  }

  [[nodiscard]] constexpr bool empty() const noexcept {
    return count == 0;
  }

  [[nodiscard]] constexpr bool contains(neuron_id id) const noexcept {
    return id >= first && id - first < count;
  }

  [[nodiscard]] constexpr bool contains(neuron_range x) const noexcept {
    return x.first >= first && x.first - first <= count
           && x.count <= count - (x.first - first);
  }

  /// Whether `end` can be said: what comes from elsewhere is asked for it.
  [[nodiscard]] constexpr bool valid() const noexcept {
    return count <= std::numeric_limits<neuron_id>::max() - first;
  }

  friend constexpr auto operator<=>(const neuron_range&, const neuron_range&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"first", self.first}, field{"count", self.count});
  }
};

/// The range from `first` to one before `end`; empty where end <= first.
constexpr neuron_range range_between(neuron_id first, neuron_id end) noexcept {
  return {first, end > first ? end - first : 0};
}

/// What two ranges share; empty where they share nothing.
constexpr neuron_range intersection(neuron_range a, neuron_range b) noexcept {
  return range_between(std::max(a.first, b.first), std::min(a.end(), b.end()));
}

/// Adds a range behind the others, of which it may be a continuation.
void append(std::vector<neuron_range>& to, neuron_range x);

/// "784-1039", or "784" for a single neuron, or "nothing".
std::string to_string(neuron_range x);

} // namespace ganglion
