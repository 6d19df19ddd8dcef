#include "actors/kernel/gated.hpp"

#include <utility>

#include "actors/kernel/activation.hpp"
#include "actors/kernel/products/row_products.hpp"

namespace ganglion {

namespace {

constexpr std::size_t gate_part = 0;
constexpr std::size_t up_part = 1;

/// Of forward_state::saved.
constexpr std::size_t raw_gates = 0;
constexpr std::size_t open_gates = 1;
constexpr std::size_t raw_ups = 2;

} // namespace

forward_state gated::forward(std::vector<tensor> inputs, const pass&) {
  const auto& x = inputs.front();
  auto own = block_.range().count;
  matrix raw{x.rows(), own};
  matrix open{x.rows(), own};
  matrix ups{x.rows(), own};
  matrix outputs{x.rows(), own};
  forward_product(block_, x, block_.values(gate_part), nullptr, own,
                  raw.data());
  forward_product(block_, x, block_.values(up_part), nullptr, own, ups.data());
  activate(block_.self().activation, raw.data(), open.data(), open.size());
  for (std::size_t i = 0; i < outputs.size(); ++i)
    outputs.data()[i] = open.data()[i] * ups.data()[i];
  block_.model().work->add();
  return {std::move(inputs),
          std::move(outputs).freeze(),
          {std::move(raw).freeze(), std::move(open).freeze(),
           std::move(ups).freeze()}};
}

void gated::backward(const forward_state& state, const tensor& out_gradient) {
  auto kind = block_.self().activation;
  const auto& saved = state.saved[needs_raw(kind) ? raw_gates : open_gates];
  matrix gates{out_gradient.rows(), out_gradient.columns()};
  matrix ups{out_gradient.rows(), out_gradient.columns()};
  for (std::size_t r = 0; r < ups.rows(); ++r) {
    auto gradient = out_gradient.row(r);
    for (std::size_t i = 0; i < ups.columns(); ++i) {
      ups.row(r)[i] = gradient[i] * state.saved[open_gates].row(r)[i];
      gates.row(r)[i] = gradient[i] * state.saved[raw_ups].row(r)[i];
    }
    scale_by_derivative(kind, saved.row(r).data(), gates.row(r).data(),
                        gates.row(r).data(), gates.columns());
  }
  gates_ = std::move(gates).freeze();
  ups_ = std::move(ups).freeze();
}

matrix gated::input_gradient(std::size_t, neuron_range part) {
  auto width = block_.parts()[gate_part].columns;
  auto first = block_.position(part);
  matrix result{gates_.rows(), width};
  matrix other{gates_.rows(), width};
  input_product(deltas_of(gates_, first, part.count),
                block_.values(gate_part) + first * width, width, result.data());
  input_product(deltas_of(ups_, first, part.count),
                block_.values(up_part) + first * width, width, other.data());
  result.add(std::move(other).freeze());
  return result;
}

void gated::accumulate(const forward_state& state, bool first_micro_batch) {
  gradient_use use{.adds = !first_micro_batch};
  auto width = block_.parts()[gate_part].columns;
  const auto* x = state.inputs.front().data();
  auto gates = deltas_of(gates_, 0, gates_.columns());
  auto ups = deltas_of(ups_, 0, ups_.columns());
  weight_gradient({&gates, 1}, x, width, use, block_.gradients(gate_part));
  weight_gradient({&ups, 1}, x, width, use, block_.gradients(up_part));
  block_.model().work->add();
}

} // namespace ganglion
