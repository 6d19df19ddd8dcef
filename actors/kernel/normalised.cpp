#include "actors/kernel/normalised.hpp"

#include <utility>

#include "actors/kernel/row_sums.hpp"

namespace ganglion {

tensor normalised::apply(const tensor& row, const tensor& standing) const {
  matrix result{row.rows(), row.columns()};
  auto count = values();
  const auto* weights = standing.row(0).data();
  for (std::size_t r = 0; r < row.rows(); ++r) {
    auto own = moments_of(row.row(r), how_);
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
  auto row = std::exchange(inputs.front(), apply(inputs.front(), standing));
  auto result = reader_->forward(std::move(inputs), now);
  if (now.training)
    result.normalised = {std::move(row), std::move(standing)};
  return result;
}

void normalised::backward(const forward_state& state,
                          const tensor& out_gradient) {
  row_ = state.normalised[0];
  standing_ = state.normalised[1];
  gradients_.clear();
  moments_.clear();
  for (std::size_t r = 0; r < row_.rows(); ++r)
    moments_.push_back(moments_of(row_.row(r), how_));
  reader_->backward(state, out_gradient);
}

matrix normalised::undo(const tensor& gradient) const {
  matrix result{row_.rows(), row_.columns()};
  std::vector<float> h(row_.columns());
  auto count = values();
  for (std::size_t r = 0; r < result.rows(); ++r) {
    for (std::size_t i = 0; i < h.size(); ++i)
      h[i] = gradient.row(r)[i] * standing_.row(0)[i * count];
    undo_norm(row_.row(r), moments_[r], how_, h, 0, result.row(r));
  }
  return result;
}

matrix normalised::of_standing(const tensor& gradient) const {
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
  auto i = gradients_.find(part.first);
  if (i == gradients_.end())
    i = gradients_
          .emplace(part.first, reader_->input_gradient(0, part).freeze())
          .first;
  if (input == 0)
    return undo(i->second);
  auto result = of_standing(i->second);
  gradients_.erase(i);
  return result;
}

void normalised::accumulate(const forward_state& state,
                            bool first_micro_batch) {
  reader_->accumulate(state, first_micro_batch);
}

void normalised::accumulate_and_update(const forward_state& state,
                                       std::uint64_t step) {
  reader_->accumulate_and_update(state, step);
}

} // namespace ganglion
