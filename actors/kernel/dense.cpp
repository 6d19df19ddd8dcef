#include "actors/kernel/dense.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "actors/kernel/activation.hpp"
#include "actors/kernel/initial_weights.hpp"
#include "actors/kernel/matmul.hpp"
#include "metadata/network/blocks.hpp"

namespace ganglion {

namespace {

/// Room for what is needed until the calling thread asks again: in common,
/// since a group may be a single neuron.
std::span<float> scratch(std::size_t count) {
  static thread_local std::vector<float> room;
  if (room.size() < count)
    room.resize(count);
  return {room.data(), count};
}

} // namespace

dense::workspace& dense::work() {
  if (!work_)
    work_ = std::make_unique<workspace>();
  return *work_;
}

void dense::sum_blocks(const float* input, std::size_t k, bool first,
                       matrix& to) {
  auto weights = block_.values(k);
  each_block([&](neuron_range block) {
    auto sums = scratch(to.rows() * block.count);
    auto column = block_.position(block);
    if (!first)
      for (std::size_t r = 0; r < to.rows(); ++r)
        std::copy_n(to.row(r).data() + column, block.count,
                    sums.data() + r * block.count);
    matmul_nt(input, weights + column * width(k), sums.data(), to.rows(),
              block.count, width(k), !first);
    for (std::size_t r = 0; r < to.rows(); ++r)
      std::copy_n(sums.data() + r * block.count, block.count,
                  to.row(r).data() + column);
  });
}

void dense::sum_at_once(const float* input, std::size_t k, bool first,
                        matrix& to) {
  matmul_nt(input, block_.values(k), to.data(), to.rows(), block_.range().count,
            width(k), !first);
}

bool dense::blocks_merge(std::size_t rows) {
  constexpr std::size_t limit = 64;
  // Longer products go block by block, so that others see them go on.
  constexpr std::uint64_t longest = std::uint64_t{1} << 34;
  const auto& net = block_.model().net;
  auto id = block_.id();
  auto own = block_.range();
  if (block_range(net, id, block_of(net, id, own.first)).contains(own))
    return true;
  if (net.fan_in(id) * block_.range().count > longest / rows)
    return false;
  auto& merges = work().merges;
  for (auto [tried, found] : merges)
    if (tried == rows)
      return found;
  if (merges.size() == limit)
    merges.clear();
  return merges.emplace_back(rows, found_to_merge(rows)).second;
}

bool dense::found_to_merge(std::size_t rows) {
  for (std::size_t k = 0; k < inputs(); ++k) {
    matrix input{rows, width(k)};
    draw_weights(0, k, 0, 1, input.values());
    matrix apart{rows, block_.range().count};
    matrix together{rows, block_.range().count};
    for (auto first : {true, false}) {
      sum_blocks(input.data(), k, first, apart);
      sum_at_once(input.data(), k, first, together);
    }
    if (!(std::move(apart).freeze() == std::move(together).freeze()))
      return false;
  }
  return true;
}

forward_state dense::forward(std::vector<tensor> inputs, const pass&) {
  auto rows = inputs.front().rows();
  auto activation = block_.self().activation;
  matrix sums{rows, block_.range().count};
  auto merge = blocks_merge(rows);
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (merge)
      sum_at_once(inputs[k].data(), k, k == 0, sums);
    else
      sum_blocks(inputs[k].data(), k, k == 0, sums);
  matrix raw{needs_raw(activation) ? rows : 0, block_.range().count};
  auto biases = block_.values(bias());
  auto sum = scratch(block_.range().count);
  for (std::size_t r = 0; r < rows; ++r) {
    auto row = sums.row(r);
    std::transform(row.begin(), row.end(), biases, sum.begin(), std::plus{});
    if (raw.rows() > 0)
      std::ranges::copy(sum, raw.row(r).begin());
    activate(activation, sum.data(), row.data(), row.size());
  }
  forward_state result{std::move(inputs), std::move(sums).freeze(), {}};
  if (raw.rows() > 0)
    result.saved.push_back(std::move(raw).freeze());
  return result;
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

void dense::add_weight_gradients(const forward_state& state, std::size_t k,
                                 neuron_range block, bool first, float* to) {
  auto rows = work().rows;
  auto begin = block_.position(block);
  auto delta = work().deltas.data() + begin * rows;
  matmul_tn(delta, state.inputs[k].data(), to + begin * width(k), block.count,
            width(k), rows, !first);
}

void dense::add_bias_gradients(neuron_range block, float* biases) {
  auto delta = work().deltas.data() + block_.position(block) * work().rows;
  for (std::size_t r = 0; r < work().rows; ++r)
    for (std::size_t i = 0; i < block.count; ++i)
      biases[i] += delta[r * block.count + i];
}

void dense::accumulate(const forward_state& state, bool first_micro_batch) {
  each_block([&](neuron_range block) {
    for (std::size_t k = 0; k < inputs(); ++k)
      add_weight_gradients(state, k, block, first_micro_batch,
                           block_.gradients(k));
    auto biases = block_.gradients(bias()) + block_.position(block);
    if (first_micro_batch)
      std::fill_n(biases, block.count, 0.0f);
    add_bias_gradients(block, biases);
  });
}

void dense::accumulate_and_update(const forward_state& state,
                                  std::uint64_t step) {
  const auto& optimizer = block_.model().training.optimizer;
  if (!is_plain_descent(optimizer))
    return layer_math::accumulate_and_update(state, step);
  auto rate = options_at(block_.model(), step).learning_rate;
  // w -= rate * delta^T x, with the rate in delta: the product adds itself to
  // the weights, and no array of gradients is written and read again.
  for (auto& x : work().deltas)
    x *= -rate;
  each_block([&](neuron_range block) {
    for (std::size_t k = 0; k < inputs(); ++k)
      add_weight_gradients(state, k, block, false, block_.values(k));
    // Summed first: a bias is large beside what each of many rows adds to it.
    std::vector<float> sums(block.count);
    add_bias_gradients(block, sums.data());
    auto biases = block_.values(bias()) + block_.position(block);
    for (std::size_t i = 0; i < sums.size(); ++i)
      biases[i] += sums[i];
  });
}

matrix dense::input_gradient(std::size_t input, neuron_range part) {
  auto rows = work().rows;
  auto first = block_.position(part);
  matrix result{rows, width(input)};
  matmul_nn(work().deltas.data() + first * rows,
            block_.values(input) + first * width(input), result.data(), rows,
            width(input), part.count);
  return result;
}

} // namespace ganglion
