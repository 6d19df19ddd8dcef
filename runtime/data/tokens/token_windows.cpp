#include "runtime/data/tokens/token_windows.hpp"

#include <algorithm>

#include "actors/kernel/shuffle.hpp"
#include "metadata/layers/row_layout.hpp"

namespace ganglion {

std::size_t token_windows::size() const noexcept {
  // Of each shift by less than a window; of a text that is too short for that,
  // of fewer.
  return empty() ? 0 : std::max<std::size_t>((count_ - context_) / context_, 1);
}

std::uint64_t token_windows::shift(std::uint64_t seed,
                                   std::uint64_t epoch) const {
  if (empty())
    return 0;
  auto room = count_ - 1 - size() * context_;
  auto shifts = std::min<std::uint64_t>(context_, room + 1);
  return drawn_below(seed, epoch, static_cast<std::uint32_t>(shifts));
}

token_windows token_windows::part(std::size_t first, std::size_t count) const {
  auto result = *this;
  result.first_ += first;
  result.count_ = count;
  return result;
}

labelled_rows token_windows::rows(std::span<const std::uint32_t> windows,
                                  std::uint64_t shift,
                                  std::uint64_t conversation) const {
  matrix samples{windows.size() * context_, layout_columns};
  matrix labels{windows.size() * context_, 1};
  std::size_t at = 0;
  for (auto number : windows) {
    auto from = tokens().subspan(shift + number * context_, context_ + 1);
    write_rows(samples, at, from.first(context_), 0, conversation);
    for (std::size_t i = 0; i < context_; ++i, ++at)
      labels.row(at)[0] = static_cast<float>(from[i + 1]);
  }
  return {std::move(samples).freeze(), std::move(labels).freeze()};
}

} // namespace ganglion
