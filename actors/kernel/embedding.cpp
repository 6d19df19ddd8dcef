#include "actors/kernel/embedding.hpp"

#include <algorithm>
#include <utility>

#include "actors/kernel/row_layout.hpp"

namespace ganglion {

namespace {

constexpr std::size_t token_part = 0;
constexpr std::size_t position_part = 1;

} // namespace

forward_state embedding::forward(std::vector<tensor> inputs, const pass&) {
  const auto& rows = inputs.front();
  auto own = block_.range().count;
  auto tokens = block_.parts()[token_part].columns;
  matrix outputs{rows.rows(), own};
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    auto token = number_in(rows, r, token_column, tokens);
    for (std::size_t i = 0; i < own; ++i)
      outputs.row(r)[i] = block_.values(token_part)[i * tokens + token];
    if (!has_positions())
      continue;
    auto positions = block_.parts()[position_part].columns;
    auto position = number_in(rows, r, position_column, positions);
    for (std::size_t i = 0; i < own; ++i)
      outputs.row(r)[i] += block_.values(
        position_part)[i * positions + position];
  }
  return {std::move(inputs), std::move(outputs).freeze(), {}};
}

void embedding::backward(const forward_state&, const tensor& out_gradient) {
  gradient_ = out_gradient;
}

matrix embedding::input_gradient(std::size_t, neuron_range) {
  return {};
}

void embedding::accumulate(const forward_state& state, bool first_micro_batch) {
  const auto& rows = state.inputs.front();
  auto add = [&](std::size_t part, std::size_t column) {
    auto columns = block_.parts()[part].columns;
    auto to = block_.gradients(part);
    if (first_micro_batch)
      std::fill_n(to, block_.range().count * columns, 0.0f);
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      auto at = number_in(rows, r, column, columns);
      for (std::size_t i = 0; i < gradient_.columns(); ++i)
        to[i * columns + at] += gradient_.row(r)[i];
    }
  };
  add(token_part, token_column);
  if (has_positions())
    add(position_part, position_column);
}

} // namespace ganglion
