// The pairs that merge in a vocabulary of pieces with scores, as SentencePiece
// has it: the neighbours merge first whose piece has the highest score. A
// tokenizer.json lists the pairs instead. A pure function.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace ganglion {

struct scored_piece {
  std::string_view text;
  double score = 0;
};

/// Longer pieces make none.
inline constexpr std::size_t longest_merged_piece = 512;

/// Left and right, the first to merge first. The texts are UTF-8, and views
/// into those of the pieces.
std::vector<std::pair<std::string_view, std::string_view>>
merges_of(const std::vector<scored_piece>& pieces);

} // namespace ganglion
