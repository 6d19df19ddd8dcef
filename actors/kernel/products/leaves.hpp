// The order in which the inner values of a product are added: a list of leaves,
// and how many whole subtrees each of them completes in the binary tree that
// splits at aligned powers of two. A value; knows no arithmetic.
#pragma once

#include <cstddef>
#include <vector>

namespace ganglion {

struct product_leaf {
  /// Which input it is of, and its values of that.
  std::size_t part = 0;
  std::size_t first = 0;
  std::size_t count = 0;
  /// Sums to the left that become one with this leaf's.
  std::size_t merges = 0;
};

class leaf_list {
public:
  /// The next `width` values, which belong to input `part`, cut at each
  /// multiple of `block` and, within, of leaf_limit.
  void add(std::size_t part, std::size_t width, std::size_t block);

  /// Says how leaves merge; after the last one was added.
  void close();

  [[nodiscard]] const std::vector<product_leaf>& leaves() const noexcept {
    return leaves_;
  }

  /// Sums that wait at the most.
  [[nodiscard]] std::size_t levels() const noexcept {
    return levels_;
  }

private:
  std::vector<product_leaf> leaves_;
  std::size_t levels_ = 0;
};

/// One input, not in blocks.
leaf_list leaves_of(std::size_t width);

} // namespace ganglion
