#include "actors/kernel/products/leaves.hpp"

#include <algorithm>
#include <bit>

#include "actors/kernel/products/tile.hpp"

namespace ganglion {

void leaf_list::add(std::size_t part, std::size_t width, std::size_t block) {
  for (std::size_t at = 0; at < width;) {
    auto end = std::min(at + block, width);
    for (; at < end; at += leaf_limit)
      leaves_.push_back({part, at, std::min(leaf_limit, end - at), 0});
    at = end;
  }
}

void leaf_list::close() {
  // As in a binary counter: leaf i completes a subtree for each trailing one
  // of i, and the last leaf all that wait.
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    auto last = i + 1 == leaves_.size();
    leaves_[i].merges = last ? waiting
                             : static_cast<std::size_t>(std::countr_one(i));
    waiting += 1 - leaves_[i].merges;
    levels_ = std::max(levels_, waiting);
  }
}

leaf_list leaves_of(std::size_t width) {
  leaf_list result;
  result.add(0, width, width);
  result.close();
  return result;
}

} // namespace ganglion
