#include "runtime/cli/spelling.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

namespace ganglion::cli {

namespace {

/// Letters to change, add or remove; 1 where only their order differs.
std::size_t distance(std::string_view a, std::string_view b) {
  std::string sorted[] = {std::string{a}, std::string{b}};
  for (auto& x : sorted)
    std::sort(x.begin(), x.end());
  if (a != b && sorted[0] == sorted[1])
    return 1; // in another order
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto cost = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, cost});
    }
  }
  return row.back();
}

} // namespace

std::string_view meant_by(std::string_view word,
                          std::span<const std::string_view> known) {
  constexpr std::size_t most = 2;
  std::string_view best;
  for (auto x : known)
    if (best.empty() || distance(word, x) < distance(word, best))
      best = x;
  auto away = best.empty() ? most + 1 : distance(word, best);
  if ((away <= most && away < word.size())
      || (!word.empty() && best.starts_with(word)))
    return best;
  return {};
}

std::string suggestion(std::string_view word,
                       std::span<const std::string_view> known) {
  auto meant = meant_by(word, known);
  return meant.empty() ? "" : fmt::format(": did you mean '{}'?", meant);
}

} // namespace ganglion::cli
