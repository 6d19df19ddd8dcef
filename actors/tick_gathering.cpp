#include "actors/tick_gathering.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

caf::error not_expected(neuron_range what) {
  return make_failure(errc::protocol,
                      {fmt::format("values of a tick of neurons {} came twice, "
                                   "or in a shape that does not fit",
                                   to_string(what)),
                       {what},
                       {},
                       {}});
}

} // namespace

tick_gathering::tick_gathering(neuron_range layer, std::uint64_t values,
                               const tick_routes& routes)
  : layer_(layer),
    values_per_neuron_(values),
    routes_(&routes),
    seen_(routes.own.size() + routes.in.size()),
    own_left_(routes.own.size()),
    others_left_(routes.in.size()) {
  // nop
}

caf::error tick_gathering::add_own(neuron_range range, const tensor& part) {
  const auto& own = routes_->own;
  auto i = std::lower_bound(own.begin(), own.end(), range);
  if (i == own.end() || *i != range)
    return not_expected(range);
  if (auto err = take(static_cast<std::size_t>(i - own.begin()), {&*i, 1},
                      part))
    return err;
  --own_left_;
  return {};
}

caf::error tick_gathering::add_others(neuron_range what, const tensor& part) {
  const auto& in = routes_->in;
  auto i = std::lower_bound(in.begin(), in.end(), what.first,
                            [](const tick_batch& x, neuron_id y) {
                              return x.ranges.front().first < y;
                            });
  if (i == in.end() || i->ranges.front().first != what.first
      || i->neurons != what.count)
    return not_expected(what);
  auto index = routes_->own.size() + static_cast<std::size_t>(i - in.begin());
  if (auto err = take(index, i->ranges, part))
    return err;
  --others_left_;
  return {};
}

caf::error tick_gathering::take(std::size_t index,
                                std::span<const neuron_range> ranges,
                                const tensor& part) {
  std::uint64_t neurons = 0;
  for (auto range : ranges)
    neurons += range.count;
  if (values_.size() == 0)
    values_ = matrix{part.rows(), layer_.count * values_per_neuron_};
  if (seen_[index] || part.rows() != values_.rows()
      || part.columns() != neurons * values_per_neuron_)
    return not_expected(ranges.front());
  seen_[index] = true;
  std::size_t column = 0;
  for (auto range : ranges) {
    auto count = range.count * values_per_neuron_;
    values_.assign_columns((range.first - layer_.first) * values_per_neuron_,
                           part.columns(column, count));
    column += count;
  }
  return {};
}

tensor tick_gathering::values_of(const tick_batch& batch) const {
  matrix result{values_.rows(), batch.neurons * values_per_neuron_};
  for (std::size_t row = 0; row < result.rows(); ++row) {
    const auto* from = values_.data() + row * values_.columns();
    auto* to = result.row(row).data();
    for (auto range : batch.ranges)
      to = std::copy_n(from + (range.first - layer_.first) * values_per_neuron_,
                       range.count * values_per_neuron_, to);
  }
  return std::move(result).freeze();
}

tensor tick_gathering::finish() {
  return std::move(values_).freeze();
}

} // namespace ganglion
