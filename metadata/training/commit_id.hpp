// The name of a commit: the fence of its writer, then the step of the training.
// Commits are ordered so, which is why a writer that lost its lease can never
// overtake its successor. A plain value.
#pragma once

#include <compare>
#include <cstdint>

#include "metadata/fields.hpp"

namespace ganglion {

struct commit_id {
  /// Raised by every writer that opens the model; 1 is the first.
  std::uint64_t fence = 0;
  /// Updates that the weights have seen.
  std::uint64_t step = 0;

  /// Whether this names no commit at all.
  [[nodiscard]] constexpr bool none() const noexcept {
    return fence == 0;
  }

  friend constexpr auto operator<=>(const commit_id&, const commit_id&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"fence", self.fence}, field{"step", self.step});
  }
};

} // namespace ganglion
