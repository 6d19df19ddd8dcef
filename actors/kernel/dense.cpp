#include "actors/kernel/dense.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "actors/kernel/activation.hpp"
#include "actors/kernel/initial_weights.hpp"
#include "actors/kernel/matmul.hpp"
#include "actors/kernel/optimizer.hpp"

namespace ganglion {

namespace {

/// Rows of weights that are one piece of work to whoever draws them.
constexpr std::size_t pieces_apart = 16;

/// Room for what is needed until the calling thread asks again: in common,
/// since a group may be a single neuron.
std::span<float> scratch(std::size_t count) {
  static thread_local std::vector<float> room;
  if (room.size() < count)
    room.resize(count);
  return {room.data(), count};
}

} // namespace

dense::dense(definition_ptr model, layer_id id, neuron_range range)
  : model_(std::move(model)), range_(range), id_(id) {
  auto arrays = state_arrays(model_->training.optimizer.kind);
  values_.resize(array_size() * (1 + arrays));
  draw();
}

std::size_t dense::offset_of(std::size_t k) const {
  std::size_t result = 0;
  for (std::size_t i = 0; i < k; ++i)
    result += range_.count * width(i);
  return result;
}

void dense::draw() {
  auto limit = weight_limit(model_->net, id_);
  for (std::size_t i = 0; i < range_.count; ++i) {
    std::uint64_t first_input = 0;
    for (std::size_t k = 0; k < inputs(); ++k) {
      draw_weights(model_->training.seed, range_.first + i, first_input, limit,
                   {values_.data() + offset_of(k) + i * width(k), width(k)});
      first_input += width(k);
    }
    if (i % pieces_apart == 0)
      model_->work->add();
  }
}

dense::workspace& dense::work() {
  if (!work_)
    work_ = std::make_unique<workspace>();
  return *work_;
}

void dense::sum_blocks(const float* input, std::size_t k, bool first,
                       matrix& to) {
  auto weights = values_.data() + offset_of(k);
  each_block([&](neuron_range block) {
    auto sums = scratch(to.rows() * block.count);
    auto column = position(block);
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
  matmul_nt(input, values_.data() + offset_of(k), to.data(), to.rows(),
            range_.count, width(k), !first);
}

bool dense::blocks_merge(std::size_t rows) {
  constexpr std::size_t limit = 64;
  // Longer products go block by block, so that others see them go on.
  constexpr std::uint64_t longest = std::uint64_t{1} << 34;
  const auto& net = model_->net;
  if (block_range(net, id_, block_of(net, id_, range_.first)).contains(range_))
    return true;
  if (net.fan_in(id_) * range_.count > longest / rows)
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
    matrix apart{rows, range_.count};
    matrix together{rows, range_.count};
    for (auto first : {true, false}) {
      sum_blocks(input.data(), k, first, apart);
      sum_at_once(input.data(), k, first, together);
    }
    if (!(std::move(apart).freeze() == std::move(together).freeze()))
      return false;
  }
  return true;
}

forward_state dense::forward(std::vector<tensor> inputs) {
  auto rows = inputs.front().rows();
  auto activation = self().activation;
  matrix sums{rows, range_.count};
  auto merge = blocks_merge(rows);
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (merge)
      sum_at_once(inputs[k].data(), k, k == 0, sums);
    else
      sum_blocks(inputs[k].data(), k, k == 0, sums);
  matrix raw{needs_raw(activation) ? rows : 0, range_.count};
  auto biases = values_.data() + offset_of(inputs.size());
  auto sum = scratch(range_.count);
  for (std::size_t r = 0; r < rows; ++r) {
    auto row = sums.row(r);
    std::transform(row.begin(), row.end(), biases, sum.begin(), std::plus{});
    if (raw.rows() > 0)
      std::ranges::copy(sum, raw.row(r).begin());
    activate(activation, sum.data(), row.data(), row.size());
  }
  return {std::move(inputs), std::move(raw).freeze(), std::move(sums).freeze()};
}

void dense::delta_block(const forward_state& state, const tensor& out_gradient,
                        neuron_range block, float* out) {
  auto activation = self().activation;
  const auto& saved = needs_raw(activation) ? state.raw : state.outputs;
  for (std::size_t r = 0; r < out_gradient.rows(); ++r)
    scale_by_derivative(activation, saved.row(r).data() + position(block),
                        out_gradient.row(r).data() + position(block),
                        out + r * block.count, block.count);
}

void dense::backward(const forward_state& state, const tensor& out_gradient) {
  auto& to = work();
  to.rows = out_gradient.rows();
  to.deltas.resize(to.rows * range_.count);
  each_block([&](neuron_range block) {
    delta_block(state, out_gradient, block,
                to.deltas.data() + position(block) * to.rows);
  });
}

void dense::add_weight_gradients(const forward_state& state, neuron_range block,
                                 bool first, float* to) {
  auto rows = work().rows;
  auto begin = position(block);
  auto delta = work().deltas.data() + begin * rows;
  for (std::size_t k = 0; k < inputs(); ++k)
    matmul_tn(delta, state.inputs[k].data(),
              to + offset_of(k) + begin * width(k), block.count, width(k), rows,
              !first);
}

void dense::add_bias_gradients(neuron_range block, float* biases) {
  auto delta = work().deltas.data() + position(block) * work().rows;
  for (std::size_t r = 0; r < work().rows; ++r)
    for (std::size_t i = 0; i < block.count; ++i)
      biases[i] += delta[r * block.count + i];
}

void dense::accumulate(const forward_state& state, bool first_micro_batch) {
  auto& gradients = work().gradients;
  gradients.resize(array_size());
  each_block([&](neuron_range block) {
    add_weight_gradients(state, block, first_micro_batch, gradients.data());
    auto biases = gradients.data() + offset_of(inputs()) + position(block);
    if (first_micro_batch)
      std::fill_n(biases, block.count, 0.0f);
    add_bias_gradients(block, biases);
  });
}

void dense::accumulate_and_update(const forward_state& state,
                                  std::uint64_t step) {
  const auto& optimizer = model_->training.optimizer;
  if (optimizer.kind != optimizer_kind::sgd || optimizer.weight_decay != 0)
    return layer_math::accumulate_and_update(state, step);
  auto rate = options_at(*model_, step).learning_rate;
  // w -= rate * delta^T x, with the rate in delta: the product adds itself to
  // the weights, and no array of gradients is written and read again.
  for (auto& x : work().deltas)
    x *= -rate;
  each_block([&](neuron_range block) {
    add_weight_gradients(state, block, false, values_.data());
    // Summed first: a bias is large beside what each of many rows adds to it.
    std::vector<float> sums(block.count);
    add_bias_gradients(block, sums.data());
    auto biases = values_.data() + offset_of(inputs()) + position(block);
    for (std::size_t i = 0; i < sums.size(); ++i)
      biases[i] += sums[i];
  });
}

matrix dense::input_gradient(std::size_t input, neuron_range part) {
  auto rows = work().rows;
  auto first = position(part);
  matrix result{rows, width(input)};
  matmul_nn(work().deltas.data() + first * rows,
            values_.data() + offset_of(input) + first * width(input),
            result.data(), rows, width(input), part.count);
  return result;
}

void dense::squared_gradients(std::span<double> to) const {
  const auto& from = work_->gradients;
  auto add = [&](std::size_t neuron, std::size_t first, std::size_t count) {
    for (auto x : std::span{from.data() + first, count})
      to[neuron] += double{x} * double{x};
  };
  for (std::size_t i = 0; i < range_.count; ++i) {
    to[i] = 0;
    for (std::size_t k = 0; k < inputs(); ++k)
      add(i, offset_of(k) + i * width(k), width(k));
    add(i, offset_of(inputs()) + i, 1);
  }
}

void dense::scale_gradients(float by) {
  for (auto& x : work().gradients)
    x *= by;
}

void dense::update(std::uint64_t step) {
  auto options = options_at(*model_, step);
  auto apply_to = optimizer_of(options.kind);
  std::vector<float*> arrays(state_arrays(options.kind));
  auto apply = [&](std::size_t first, std::size_t count, float decay) {
    for (std::size_t i = 0; i < arrays.size(); ++i)
      arrays[i] = values_.data() + (i + 1) * array_size() + first;
    apply_to(options, step,
             {{values_.data() + first, count},
              {work().gradients.data() + first, count},
              arrays,
              decay});
  };
  auto weights = offset_of(inputs());
  apply(0, weights, options.weight_decay);
  apply(weights, range_.count, options.decay_biases ? options.weight_decay : 0);
}

tensor dense::gather(const float* from, neuron_range range) const {
  matrix result{range.count, array_size() / range_.count};
  for (std::size_t i = 0; i < range.count; ++i) {
    auto neuron = position(range) + i;
    auto to = result.row(i).data();
    for (std::size_t k = 0; k < inputs(); ++k)
      to = std::copy_n(from + offset_of(k) + neuron * width(k), width(k), to);
    *to = from[offset_of(inputs()) + neuron];
  }
  return std::move(result).freeze();
}

void dense::scatter(float* to, neuron_range range, const tensor& values) {
  for (std::size_t i = 0; i < range.count; ++i) {
    auto neuron = position(range) + i;
    auto from = values.row(i).data();
    for (std::size_t k = 0; k < inputs(); ++k) {
      std::copy_n(from, width(k), to + offset_of(k) + neuron * width(k));
      from += width(k);
    }
    to[offset_of(inputs()) + neuron] = *from;
  }
}

tensor dense::parameters(neuron_range range) const {
  return gather(values_.data(), range);
}

void dense::set_parameters(neuron_range range, const tensor& values) {
  scatter(values_.data(), range, values);
}

std::vector<tensor> dense::state(neuron_range range) const {
  std::vector<tensor> result;
  for (auto i = array_size(); i < values_.size(); i += array_size())
    result.push_back(gather(values_.data() + i, range));
  return result;
}

void dense::set_state(neuron_range range, std::span<const tensor> arrays) {
  for (std::size_t i = 0; i < arrays.size(); ++i)
    scatter(values_.data() + (i + 1) * array_size(), range, arrays[i]);
}

tensor dense::gradients(neuron_range range) const {
  return gather(work_->gradients.data(), range);
}

} // namespace ganglion
