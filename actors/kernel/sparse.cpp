#include "actors/kernel/sparse.hpp"

#include <algorithm>
#include <cmath>

#include "actors/kernel/activation.hpp"
#include "actors/kernel/initial_weights.hpp"

namespace ganglion {

namespace {

/// As `weight_limit`, but for a neuron that has edges of its own.
float limit_of(activation_kind kind, std::size_t edges) {
  auto rectified = kind == activation_kind::relu
                   || kind == activation_kind::gelu;
  return static_cast<float>(
    std::sqrt((rectified ? 6.0 : 3.0) / static_cast<double>(edges)));
}

} // namespace

sparse::sparse(const model_definition& model, layer_id id, neuron_range range)
  : range_(range),
    activation_(model.net.at(id).activation),
    row_length_(model.net.parameters_per_neuron(id)),
    starts_{0},
    biases_(range.count) {
  const auto& net = model.net;
  const auto& inputs = net.at(id).inputs;
  for (auto neuron = range.first; neuron < range.end(); ++neuron) {
    auto edges = edges_into(net.at(id).wires, neuron_range{neuron, 1});
    auto limit = limit_of(activation_, edges.size());
    for (const auto& x : edges) {
      auto source = *net.layer_of(x.source);
      auto input = std::find(inputs.begin(), inputs.end(), source);
      places_.push_back(
        {static_cast<std::uint32_t>(input - inputs.begin()),
         static_cast<std::uint32_t>(x.source - net.range_of(source).first)});
      draw_weights(model.training.seed, neuron, x.source, limit,
                   {&weights_.emplace_back(), 1});
    }
    starts_.push_back(places_.size());
  }
}

float sparse::sum(std::size_t neuron, std::size_t row,
                  const std::vector<tensor>& inputs) const {
  float result = 0;
  for (auto i = starts_[neuron]; i < starts_[neuron + 1]; ++i) {
    const auto& from = inputs[places_[i].input];
    if (!from.empty())
      result += weights_[i] * from.row(row)[places_[i].column];
  }
  return result + biases_[neuron];
}

forward_state sparse::forward(std::vector<tensor> inputs) {
  std::size_t rows = 0;
  for (const auto& x : inputs)
    rows = std::max(rows, x.rows());
  matrix outputs{rows, range_.count};
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < range_.count; ++i)
      outputs.row(r)[i] = sum(i, r, inputs);
  activate(activation_, outputs.data(), outputs.data(), outputs.size());
  return {std::move(inputs), {}, std::move(outputs).freeze()};
}

tensor sparse::parameters(neuron_range range) const {
  matrix result{range.count, row_length_};
  for (std::size_t i = 0; i < range.count; ++i) {
    auto neuron = range.first - range_.first + i;
    auto to = result.row(i);
    std::fill(to.begin(), to.end(), 0.0f);
    std::copy(weights_.begin() + static_cast<std::ptrdiff_t>(starts_[neuron]),
              weights_.begin()
                + static_cast<std::ptrdiff_t>(starts_[neuron + 1]),
              to.begin());
    to.back() = biases_[neuron];
  }
  return std::move(result).freeze();
}

void sparse::set_parameters(neuron_range range, const tensor& values) {
  for (std::size_t i = 0; i < range.count; ++i) {
    auto neuron = range.first - range_.first + i;
    auto from = values.row(i);
    std::copy_n(from.begin(), starts_[neuron + 1] - starts_[neuron],
                weights_.begin()
                  + static_cast<std::ptrdiff_t>(starts_[neuron]));
    biases_[neuron] = from.back();
  }
}

void sparse::backward(const forward_state&, const tensor&) {
  // nop
}

matrix sparse::input_gradient(std::size_t, neuron_range) {
  return {};
}

void sparse::accumulate(const forward_state&, bool) {
  // nop
}

void sparse::squared_gradients(std::span<double>) const {
  // nop
}

void sparse::scale_gradients(float) {
  // nop
}

void sparse::update(std::uint64_t) {
  // nop
}

std::vector<tensor> sparse::state(neuron_range) const {
  return {};
}

void sparse::set_state(neuron_range, std::span<const tensor>) {
  // nop
}

tensor sparse::gradients(neuron_range) const {
  return {};
}

} // namespace ganglion
