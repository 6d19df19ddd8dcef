#include "actors/kernel/dense.hpp"

#include <algorithm>
#include <utility>

#include "actors/kernel/activation.hpp"
#include "actors/kernel/products/row_products.hpp"
#include "actors/kernel/products/tile.hpp"
#include "metadata/network/blocks.hpp"

namespace ganglion {

namespace {

/// Multiplications after which others are to see that a product goes on.
constexpr std::uint64_t piece_of_work = std::uint64_t{1} << 32;

/// Rows that make such a piece.
std::size_t rows_apart(std::uint64_t inputs, std::uint64_t neurons) {
  auto each = std::max<std::uint64_t>(inputs * neurons, 1);
  return std::max<std::uint64_t>(piece_of_work / each, 1);
}

} // namespace

dense::workspace& dense::work() {
  if (!work_)
    work_ = std::make_unique<workspace>();
  return *work_;
}

std::vector<product_input>
dense::products_of(const std::vector<tensor>& inputs) const {
  std::vector<product_input> result;
  for (std::size_t k = 0; k < inputs.size(); ++k)
    result.push_back(product_of(block_, k, inputs[k], block_.values(k)));
  return result;
}

forward_state dense::forward(std::vector<tensor> inputs, const pass&) {
  auto rows = inputs.front().rows();
  auto neurons = block_.range().count;
  auto activation = block_.self().activation;
  matrix sums{rows, neurons};
  auto products = products_of(inputs);
  auto step = rows_apart(block_.model().net.fan_in(block_.id()), neurons);
  for (std::size_t done = 0; done < rows; done += step) {
    auto count = std::min(step, rows - done);
    forward_product(products, block_.values(bias()), count, neurons,
                    sums.row(done).data());
    for (auto& x : products)
      x.values += count * x.width;
    block_.model().work->add();
  }
  if (!needs_raw(activation)) {
    activate(activation, sums.data(), sums.data(), sums.size());
    return {std::move(inputs), std::move(sums).freeze(), {}};
  }
  matrix outputs{rows, neurons};
  activate(activation, sums.data(), outputs.data(), sums.size());
  return {
    std::move(inputs), std::move(outputs).freeze(), {std::move(sums).freeze()}};
}

void dense::delta_block(const forward_state& state, const tensor& out_gradient,
                        neuron_range block, float* out) {
  auto activation = block_.self().activation;
  const auto& saved = needs_raw(activation) ? state.saved[0] : state.outputs;
  for (std::size_t r = 0; r < out_gradient.rows(); ++r)
    scale_by_derivative(activation,
                        saved.row(r).data() + block_.position(block),
                        out_gradient.row(r).data() + block_.position(block),
                        out + r * block.count, block.count);
}

void dense::backward(const forward_state& state, const tensor& out_gradient) {
  auto& to = work();
  to.rows = out_gradient.rows();
  to.deltas.resize(to.rows * block_.range().count);
  each_block([&](neuron_range block) {
    delta_block(state, out_gradient, block,
                to.deltas.data() + block_.position(block) * to.rows);
  });
}

delta_view dense::deltas_of(neuron_range block) {
  auto rows = work().rows;
  return {work().deltas.data() + block_.position(block) * rows, rows,
          block.count, block.count};
}

template <class F>
void dense::use_gradients(const forward_state& state, gradient_use use,
                          F to_of) {
  auto apart = rows_apart(block_.model().net.fan_in(block_.id()), work().rows);
  std::vector<delta_view> deltas;
  neuron_range piece{block_.range().first, 0};
  auto finish = [&] {
    auto begin = block_.position(piece);
    for (std::size_t k = 0; k < inputs(); ++k)
      weight_gradient(deltas, state.inputs[k].data(), width(k), use,
                      to_of(k) + begin * width(k));
    bias_gradient(deltas, use, to_of(bias()) + begin);
    deltas.clear();
    piece = {piece.end(), 0};
  };
  each_block([&](neuron_range block) {
    deltas.push_back(deltas_of(block));
    piece.count += block.count;
    if (piece.count >= apart || piece.end() == block_.range().end())
      finish();
  });
}

void dense::accumulate(const forward_state& state, bool first_micro_batch) {
  use_gradients(state, {.adds = !first_micro_batch},
                [&](std::size_t part) { return block_.gradients(part); });
}

void dense::accumulate_and_update(const forward_state& state,
                                  std::uint64_t step) {
  const auto& optimizer = block_.model().training.optimizer;
  if (!is_plain_descent(optimizer))
    return block_math::accumulate_and_update(state, step);
  auto rate = options_at(block_.model(), step).learning_rate;
  // The product adds itself to the weights, to the bits that apply_sgd gives,
  // and no array of gradients is written and read again.
  use_gradients(state, {.adds = true, .factor = -rate},
                [&](std::size_t part) { return block_.values(part); });
}

bool dense::adds_blocks() const {
  // A block is one leaf then, so that the product's tree is that of the blocks.
  return block_.self().block_size <= leaf_limit;
}

std::vector<delta_view> dense::deltas_of_blocks(neuron_range part) {
  std::vector<delta_view> result;
  for_each_block(block_.model().net, block_.id(), part,
                 [&](neuron_range x) { result.push_back(deltas_of(x)); });
  return result;
}

matrix dense::input_gradient(std::size_t input, neuron_range part) {
  matrix result{work().rows, width(input)};
  input_product(deltas_of_blocks(part),
                block_.values(input) + block_.position(part) * width(input),
                width(input), result.data());
  return result;
}

} // namespace ganglion
