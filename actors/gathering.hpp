// Gathers the parts of something until they are all there. Plain values owned
// by one actor; one object per micro-batch.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/network/network.hpp"
#include "metadata/network/summation_tree.hpp"
#include "metadata/placement/registry.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// What neurons answered came twice, or is not what was to come.
caf::error unexpected_outputs(neuron_range of);

/// The same of a piece of the gradient of what they answered.
caf::error unexpected_piece(const tree_node& piece, neuron_range of);

/// What a sum is with the pieces that nobody sends, since they would be zeros:
/// a zero that was negative is none.
tensor plus_zeros(const tensor& x);

/// The outputs of a whole layer from those of its groups, side by side in ID
/// order: one copy, or none where one part is the whole. Where only some of the
/// groups are awaited, or asked for, columns of the others are undefined.
class layer_gathering {
public:
  /// Adds the outputs of `range`; the whole [rows x width] once those of all
  /// `groups` are there, of which there are none where a layer is given.
  /// Errors: a range that is none of these groups' or came twice, rows that
  /// differ.
  caf::expected<std::optional<tensor>> add(const network& net, layer_id layer,
                                           std::span<const group_route> groups,
                                           neuron_range range,
                                           const tensor& part);

private:
  matrix values_;
  std::vector<bool> seen_;
  std::uint64_t count_ = 0;
};

/// The pieces of a sum, each a node of the summation tree, added up in the one
/// order that the tree fixes.
class sum_gathering {
public:
  /// Adds a piece of the gradient of the outputs of `of`, which is for errors.
  /// `expected` is sorted and stays the same. Errors: a piece that is not
  /// expected or came twice, a shape that differs.
  caf::error add(std::span<const tree_node> expected, const tree_node& node,
                 tensor piece, neuron_range of);

  /// Whether all are there.
  [[nodiscard]] bool complete() const noexcept {
    return count_ > 0 && count_ == pieces_.size();
  }

  /// The sum at a node of the tree, of those pieces that were expected of it;
  /// nothing where none was.
  [[nodiscard]] tensor sum(std::span<const tree_node> expected,
                           const tree_node& at) const;

private:
  std::vector<tensor> pieces_;
  std::size_t count_ = 0;
  /// Of every piece.
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
};

} // namespace ganglion
