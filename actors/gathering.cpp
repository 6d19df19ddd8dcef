#include "actors/gathering.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Either may be nothing.
tensor plus(tensor a, tensor b) {
  if (a.empty() || b.empty())
    return a.empty() ? std::move(b) : std::move(a);
  matrix result{a.rows(), a.columns()};
  for (std::size_t r = 0; r < a.rows(); ++r)
    for (std::size_t i = 0; i < a.columns(); ++i)
      result.row(r)[i] = a.row(r)[i] + b.row(r)[i];
  return std::move(result).freeze();
}

} // namespace

caf::error unexpected_outputs(neuron_range of) {
  return make_failure(errc::protocol,
                      {fmt::format("outputs of neurons {} came twice, or in a "
                                   "shape that does not fit",
                                   to_string(of)),
                       {of},
                       {},
                       {}});
}

tensor plus_zeros(const tensor& x) {
  matrix result{x.rows(), x.columns()};
  for (std::size_t r = 0; r < x.rows(); ++r)
    for (std::size_t i = 0; i < x.columns(); ++i)
      result.row(r)[i] = x.row(r)[i] + 0.0f;
  return std::move(result).freeze();
}

/// Itself, if rows follow each other.
tensor without_gaps(const tensor& x) {
  if (x.contiguous())
    return x;
  matrix result{x.rows(), x.columns()};
  result.assign_columns(0, x);
  return std::move(result).freeze();
}

caf::error unexpected_piece(const tree_node& piece, neuron_range of) {
  return make_failure(errc::protocol,
                      {fmt::format("a piece [{}, {}) of the gradient of "
                                   "neurons {} came twice, or in a shape that "
                                   "does not fit",
                                   piece.first, piece.last, to_string(of)),
                       {of},
                       {},
                       {}});
}

caf::expected<std::optional<tensor>>
layer_gathering::add(const network& net, layer_id layer,
                     std::span<const group_route> groups, neuron_range range,
                     const tensor& part) {
  auto values = net.at(layer).values;
  auto all = net.range_of(layer);
  if (part.columns() != range.count * values || part.rows() == 0)
    return unexpected_outputs(range);
  // What the engine gives comes from no group.
  if (range == all && count_ == 0
      && (groups.empty() || groups.front().range == all)) {
    ++count_;
    return std::optional{without_gaps(part)};
  }
  auto i = std::lower_bound(
    groups.begin(), groups.end(), range.first,
    [](const group_route& x, neuron_id y) { return x.range.first < y; });
  auto index = static_cast<std::size_t>(i - groups.begin());
  if (i == groups.end() || i->range != range)
    return unexpected_outputs(range);
  if (count_ == 0) {
    values_ = matrix{part.rows(), net.width_of(layer)};
    seen_.assign(groups.size(), false);
  }
  if (part.rows() != values_.rows() || seen_[index])
    return unexpected_outputs(range);
  seen_[index] = true;
  values_.assign_columns((range.first - all.first) * values, part);
  if (++count_ < groups.size())
    return std::optional<tensor>{};
  return std::optional{std::move(values_).freeze()};
}

caf::error sum_gathering::add(std::span<const tree_node> expected,
                              const tree_node& node, tensor piece,
                              neuron_range of) {
  auto i = std::lower_bound(expected.begin(), expected.end(), node);
  auto index = static_cast<std::size_t>(i - expected.begin());
  pieces_.resize(expected.size());
  if (count_ == 0) {
    rows_ = piece.rows();
    columns_ = piece.columns();
  }
  if (i == expected.end() || *i != node || piece.empty()
      || !pieces_[index].empty() || piece.rows() != rows_
      || piece.columns() != columns_)
    return unexpected_piece(node, of);
  pieces_[index] = std::move(piece);
  ++count_;
  return {};
}

tensor sum_gathering::sum(std::span<const tree_node> expected,
                          const tree_node& at) const {
  auto i = std::lower_bound(expected.begin(), expected.end(), at);
  if (i != expected.end() && *i == at)
    return pieces_[i - expected.begin()];
  auto within = std::lower_bound(expected.begin(), expected.end(),
                                 tree_node{at.first, at.first, {}});
  if (within == expected.end() || within->first >= at.last)
    return {};
  if (!at.leaf()) {
    auto middle = split_point(at);
    return plus(sum(expected, {at.first, middle, {}}),
                sum(expected, {middle, at.last, {}}));
  }
  // The parts of a block that the placement cuts, in ID order.
  tensor result;
  for (; i != expected.end() && i->first == at.first; ++i)
    result = plus(std::move(result), pieces_[i - expected.begin()]);
  return result;
}

} // namespace ganglion
