#include "runtime/model_store/gguf/piece_merges.hpp"

#include <algorithm>
#include <unordered_map>

namespace ganglion {

namespace {

struct piece_merge {
  double score = 0;
  /// Places of left and right in the list of pieces.
  std::size_t left = 0;
  std::size_t right = 0;
};

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

} // namespace

std::vector<std::pair<std::string_view, std::string_view>>
merges_of(const std::vector<scored_piece>& pieces) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    places.emplace(pieces[i].text, i);
  std::vector<piece_merge> all;
  for (const auto& x : pieces) {
    if (x.text.size() > longest_merged_piece)
      continue;
    auto begin = static_cast<std::ptrdiff_t>(all.size());
    for (std::size_t cut = 1; cut < x.text.size(); ++cut) {
      if (!begins_character(x.text[cut]))
        continue;
      auto left = places.find(x.text.substr(0, cut));
      auto right = places.find(x.text.substr(cut));
      if (left != places.end() && right != places.end())
        all.push_back({x.score, left->second, right->second});
    }
    // As Hugging Face's converter has it.
    std::ranges::sort(all.begin() + begin, all.end(), {}, [](const auto& y) {
      return std::pair{y.left, y.right};
    });
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, &piece_merge::score);
  std::vector<std::pair<std::string_view, std::string_view>> result;
  result.reserve(all.size());
  for (const auto& x : all)
    result.emplace_back(pieces[x.left].text, pieces[x.right].text);
  return result;
}

} // namespace ganglion
