#include "actors/kernel/sparse.hpp"

#include <algorithm>
#include <cmath>

#include "actors/kernel/activation.hpp"
#include "actors/kernel/initial_weights.hpp"

namespace ganglion {

namespace {

/// As `weight_limit`, but for a neuron that has edges of its own.
float limit_of(activation_kind kind, std::size_t edges) {
  return static_cast<float>(
    std::sqrt((is_rectified(kind) ? 6.0 : 3.0) / static_cast<double>(edges)));
}

} // namespace

sparse::sparse(definition_ptr model, layer_id id, neuron_range range)
  : block_math(std::move(model), id, range) {
  const auto& net = block_.model().net;
  const auto& own = block_.self();
  auto weight = block_.values(0);
  for (auto neuron = range.first; neuron < range.end(); ++neuron) {
    auto edges = edges_into(own.wires, neuron_range{neuron, 1});
    auto limit = limit_of(own.activation, edges.size());
    for (const auto& x : edges) {
      auto source = *net.layer_of(x.source);
      auto input = std::find(own.inputs.begin(), own.inputs.end(), source);
      places_.push_back(
        {static_cast<std::uint32_t>(input - own.inputs.begin()),
         static_cast<std::uint32_t>(x.source - net.range_of(source).first)});
      draw_weights(block_.model().training.seed, neuron, x.source, limit,
                   {weight++, 1});
    }
  }
}

float sparse::sum(std::size_t neuron, std::size_t row,
                  const std::vector<tensor>& inputs) const {
  float result = 0;
  auto weights = block_.values(0);
  auto end = block_.row_of(0, neuron + 1);
  for (auto i = block_.row_of(0, neuron); i < end; ++i) {
    const auto& from = inputs[places_[i].input];
    if (!from.empty())
      result += weights[i] * from.row(row)[places_[i].column];
  }
  return result + block_.values(1)[neuron];
}

forward_state sparse::forward(std::vector<tensor> inputs, const pass&) {
  std::size_t rows = 0;
  for (const auto& x : inputs)
    rows = std::max(rows, x.rows());
  auto neurons = block_.range().count;
  matrix outputs{rows, neurons};
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < neurons; ++i)
      outputs.row(r)[i] = sum(i, r, inputs);
  activate(block_.self().activation, outputs.data(), outputs.data(),
           outputs.size());
  return {std::move(inputs), std::move(outputs).freeze(), {}};
}

void sparse::backward(const forward_state&, const tensor&) {
  // nop
}

matrix sparse::input_gradient(std::size_t, neuron_range) {
  return {};
}

} // namespace ganglion
