#include "runtime/data/tokens/word_merger.hpp"

#include <algorithm>
#include <functional>

namespace ganglion {

namespace {

constexpr word_merger::number no_symbol = ~word_merger::number{0};
/// In the place of the next: it has become a part of the one before it.
constexpr word_merger::number joined_symbol = no_symbol - 1;

} // namespace

void word_merger::offer(const pair_table& merges,
                        const std::vector<number>& word, number at) {
  if (at == no_symbol || next_[at] == no_symbol)
    return;
  const auto* found = merges.find(word[at], word[next_[at]]);
  if (found)
    waiting_.push_back({found->first, at, found->second});
}

void word_merger::join(const pair_table& merges, std::vector<number>& word,
                       candidate x) {
  auto taken = next_[x.at];
  word[x.at] = x.becomes;
  next_[x.at] = next_[taken];
  next_[taken] = joined_symbol;
  if (next_[x.at] != no_symbol)
    before_[next_[x.at]] = x.at;
  for (auto at : {before_[x.at], x.at}) {
    auto count = waiting_.size();
    offer(merges, word, at);
    if (waiting_.size() > count)
      std::ranges::push_heap(waiting_, std::greater{});
  }
}

void word_merger::run(const pair_table& merges, std::vector<number>& word) {
  auto count = static_cast<number>(word.size());
  next_.resize(count);
  before_.resize(count);
  waiting_.clear();
  for (number i = 0; i < count; ++i) {
    next_[i] = i + 1 < count ? i + 1 : no_symbol;
    before_[i] = i > 0 ? i - 1 : no_symbol;
  }
  for (number i = 0; i < count; ++i)
    offer(merges, word, i);
  std::ranges::make_heap(waiting_, std::greater{});
  while (!waiting_.empty()) {
    std::ranges::pop_heap(waiting_, std::greater{});
    auto x = waiting_.back();
    waiting_.pop_back();
    if (next_[x.at] >= joined_symbol)
      continue;
    const auto* now = merges.find(word[x.at], word[next_[x.at]]);
    if (now && now->second == x.becomes)
      join(merges, word, x);
  }
  number kept = 0;
  for (number i = 0; i < count; ++i)
    if (next_[i] != joined_symbol)
      word[kept++] = word[i];
  word.resize(kept);
}

} // namespace ganglion
