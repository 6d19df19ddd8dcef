#include "actors/kernel/normalised.hpp"

#include <utility>

#include "actors/kernel/row_sums.hpp"

namespace ganglion {

std::vector<row_moments> normalised::moments_in(const tensor& row) const {
  std::vector<row_moments> result;
  result.reserve(row.rows());
  for (std::size_t r = 0; r < row.rows(); ++r)
    result.push_back(moments_of(row.row(r), how_));
  return result;
}

tensor normalised::apply(const tensor& row, const tensor& standing,
                         const std::vector<row_moments>& moments) const {
  matrix result{row.rows(), row.columns()};
  auto count = values();
  const auto* weights = standing.row(0).data();
  for (std::size_t r = 0; r < row.rows(); ++r) {
    const auto& own = moments[r];
    const auto* x = row.row(r).data();
    auto* y = result.row(r).data();
    for (std::size_t i = 0; i < row.columns(); ++i)
      y[i] = own.normal(x[i]) * weights[i * count];
    for (std::size_t i = 0; count > 1 && i < row.columns(); ++i)
      y[i] += weights[i * count + 1];
  }
  return std::move(result).freeze();
}

forward_state normalised::forward(std::vector<tensor> inputs, const pass& now) {
  auto standing = std::move(inputs.back());
  inputs.pop_back();
  auto row = inputs.front();
  inputs.front() = apply(row, standing, moments_in(row));
  auto result = reader_->forward(std::move(inputs), now);
  if (!now.training)
    return result;
  // All groups of a node share that; what each makes of it, it makes again.
  result.inputs.front() = std::move(row);
  result.standing = std::move(standing);
  return result;
}

void normalised::backward(const forward_state& state,
                          const tensor& out_gradient) {
  state_ = state;
  of_standing_.clear();
  row_ = state.inputs.front();
  moments_ = moments_in(row_);
  state_.inputs.front() = apply(row_, state.standing, moments_);
  reader_->backward(state_, out_gradient);
}

matrix normalised::undo(const tensor& gradient) const {
  matrix result{row_.rows(), row_.columns()};
  std::vector<float> h(row_.columns());
  auto count = values();
  for (std::size_t r = 0; r < result.rows(); ++r) {
    for (std::size_t i = 0; i < h.size(); ++i)
      h[i] = gradient.row(r)[i] * state_.standing.row(0)[i * count];
    undo_norm(row_.row(r), moments_[r], how_, h, 0, result.row(r));
  }
  return result;
}

matrix normalised::weigh(const tensor& gradient) const {
  auto count = values();
  matrix result{1, row_.columns() * count};
  sum_rows(0, row_.rows(), result.row(0),
           [&](std::size_t r, std::span<float> to) {
             for (std::size_t i = 0; i < row_.columns(); ++i) {
               auto g = gradient.row(r)[i];
               to[i * count] += g * moments_[r].normal(row_.row(r)[i]);
               if (count > 1)
                 to[i * count + 1] += g;
             }
           });
  return result;
}

matrix normalised::input_gradient(std::size_t input, neuron_range part) {
  auto last = block().self().inputs.size() - 1;
  if (input != 0 && input != last)
    return reader_->input_gradient(input, part);
  if (auto i = of_standing_.find(part.first);
      input == last && i != of_standing_.end()) {
    auto result = std::move(i->second);
    of_standing_.erase(i);
    return result;
  }
  auto gradient = reader_->input_gradient(0, part).freeze();
  if (input == last)
    return weigh(gradient);
  of_standing_.insert_or_assign(part.first, weigh(gradient));
  return undo(gradient);
}

void normalised::accumulate(const forward_state&, bool first_micro_batch) {
  reader_->accumulate(state_, first_micro_batch);
  state_ = {};
}

void normalised::accumulate_and_update(const forward_state&,
                                       std::uint64_t step) {
  reader_->accumulate_and_update(state_, step);
  state_ = {};
}

} // namespace ganglion
