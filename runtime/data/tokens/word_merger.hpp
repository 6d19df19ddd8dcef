// Joins the neighbours of a word that a list of merges joins, the lowest rank
// first, of equals the first: n log n for a word of n symbols. Keeps its memory
// from word to word; for one thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/data/tokens/pair_table.hpp"

namespace ganglion {

class word_merger {
public:
  using number = pair_table::number;

  /// `merges`: (left, right) -> (rank, what they become). `word` has less than
  /// 2^32 - 2 symbols.
  void run(const pair_table& merges, std::vector<number>& word);

private:
  struct candidate {
    number rank = 0;
    number at = 0;
    number becomes = 0;

    auto operator<=>(const candidate&) const = default;
  };

  void offer(const pair_table& merges, const std::vector<number>& word,
             number at);
  void join(const pair_table& merges, std::vector<number>& word, candidate x);

  std::vector<number> next_;
  std::vector<number> before_;
  /// A heap, the least on top; some are no neighbours any more.
  std::vector<candidate> waiting_;
};

} // namespace ganglion
