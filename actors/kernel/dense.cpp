#include "actors/kernel/dense.hpp"

#include <algorithm>
#include <functional>

#include "actors/kernel/activation.hpp"
#include "actors/kernel/initial_weights.hpp"
#include "actors/kernel/matmul.hpp"
#include "metadata/blocks.hpp"

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

dense::dense(const network& net, layer_id id, neuron_range range,
             const training_options& options)
  : range_(range),
    activation_(net.at(id).activation),
    blocks_(split_at_blocks(net, id, range)),
    optimizer_(optimizer_of(options.optimizer.kind)),
    options_(options.optimizer) {
  for (auto input : net.at(id).inputs) {
    widths_.push_back(net.width_of(input));
    row_length_ += widths_.back();
  }
  values_ = zeros();
  state_.assign(optimizer_.arrays, values_);
  draw(net, id, options.seed);
}

dense::parameter_set dense::zeros() const {
  parameter_set result;
  for (auto width : widths_)
    result.weights.emplace_back(range_.count * width);
  result.biases.resize(range_.count);
  return result;
}

void dense::draw(const network& net, layer_id id, std::uint64_t seed) {
  auto limit = weight_limit(net, id);
  for (std::size_t i = 0; i < range_.count; ++i) {
    std::uint64_t first_input = 0;
    for (std::size_t k = 0; k < widths_.size(); ++k) {
      draw_weights(seed, range_.first + i, first_input, limit,
                   {values_.weights[k].data() + i * widths_[k], widths_[k]});
      first_input += widths_[k];
    }
  }
}

void dense::sum_blocks(const float* input, std::size_t k, bool first,
                       matrix& to) {
  for (auto block : blocks_) {
    auto sums = scratch(to.rows() * block.count);
    auto column = offset(block);
    if (!first)
      for (std::size_t r = 0; r < to.rows(); ++r)
        std::copy_n(to.row(r).data() + column, block.count,
                    sums.data() + r * block.count);
    matmul_nt(input, values_.weights[k].data() + column * widths_[k],
              sums.data(), to.rows(), block.count, widths_[k], !first);
    for (std::size_t r = 0; r < to.rows(); ++r)
      std::copy_n(sums.data() + r * block.count, block.count,
                  to.row(r).data() + column);
  }
}

void dense::sum_at_once(const float* input, std::size_t k, bool first,
                        matrix& to) {
  matmul_nt(input, values_.weights[k].data(), to.data(), to.rows(),
            range_.count, widths_[k], !first);
}

bool dense::blocks_merge(std::size_t rows) {
  constexpr std::size_t limit = 64;
  if (blocks_.size() == 1)
    return true;
  for (auto [tried, found] : merges_)
    if (tried == rows)
      return found;
  if (merges_.size() == limit)
    merges_.clear();
  return merges_.emplace_back(rows, found_to_merge(rows)).second;
}

bool dense::found_to_merge(std::size_t rows) {
  for (std::size_t k = 0; k < widths_.size(); ++k) {
    matrix input{rows, widths_[k]};
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
  matrix sums{rows, range_.count};
  auto merge = blocks_merge(rows);
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (merge)
      sum_at_once(inputs[k].data(), k, k == 0, sums);
    else
      sum_blocks(inputs[k].data(), k, k == 0, sums);
  matrix raw{needs_raw(activation_) ? rows : 0, range_.count};
  auto sum = scratch(range_.count);
  for (std::size_t r = 0; r < rows; ++r) {
    auto row = sums.row(r);
    std::ranges::transform(row, values_.biases, sum.begin(), std::plus{});
    if (raw.rows() > 0)
      std::ranges::copy(sum, raw.row(r).begin());
    activate(activation_, sum.data(), row.data(), row.size());
  }
  return {std::move(inputs), std::move(raw).freeze(), std::move(sums).freeze()};
}

void dense::delta_block(const forward_state& state, const tensor& out_gradient,
                        neuron_range block, float* out) {
  const auto& saved = needs_raw(activation_) ? state.raw : state.outputs;
  for (std::size_t r = 0; r < rows_; ++r)
    scale_by_derivative(activation_, saved.row(r).data() + offset(block),
                        out_gradient.row(r).data() + offset(block),
                        out + r * block.count, block.count);
}

void dense::backward(const forward_state& state, const tensor& out_gradient) {
  rows_ = out_gradient.rows();
  deltas_.resize(rows_ * range_.count);
  for (auto block : blocks_)
    delta_block(state, out_gradient, block,
                deltas_.data() + offset(block) * rows_);
}

void dense::add_gradients(const forward_state& state, neuron_range block,
                          bool first, parameter_set& to) {
  auto begin = offset(block);
  auto delta = deltas_.data() + begin * rows_;
  for (std::size_t k = 0; k < widths_.size(); ++k)
    matmul_tn(delta, state.inputs[k].data(),
              to.weights[k].data() + begin * widths_[k], block.count,
              widths_[k], rows_, !first);
  auto biases = to.biases.data() + begin;
  if (first)
    std::fill_n(biases, block.count, 0.0f);
  for (std::size_t r = 0; r < rows_; ++r)
    for (std::size_t i = 0; i < block.count; ++i)
      biases[i] += delta[r * block.count + i];
}

void dense::accumulate(const forward_state& state, bool first_micro_batch) {
  if (gradients_.biases.empty())
    gradients_ = zeros();
  for (auto block : blocks_)
    add_gradients(state, block, first_micro_batch, gradients_);
}

void dense::accumulate_and_update(const forward_state& state,
                                  std::uint64_t step) {
  if (options_.kind != optimizer_kind::sgd || options_.weight_decay != 0)
    return layer_math::accumulate_and_update(state, step);
  // w -= rate * delta^T x, with the rate in delta: the product adds itself to
  // the weights, and no array of gradients is written and read again.
  for (auto& x : deltas_)
    x *= -options_.learning_rate;
  for (auto block : blocks_)
    add_gradients(state, block, false, values_);
}

matrix dense::input_gradient(std::size_t input, neuron_range part) {
  auto first = offset(part);
  matrix result{rows_, widths_[input]};
  matmul_nn(deltas_.data() + first * rows_,
            values_.weights[input].data() + first * widths_[input],
            result.data(), rows_, widths_[input], part.count);
  return result;
}

void dense::update(std::uint64_t step) {
  std::vector<float*> arrays(state_.size());
  auto apply = [&](std::vector<float>& values,
                   const std::vector<float>& gradients, auto&& array_of,
                   float decay) {
    for (std::size_t s = 0; s < state_.size(); ++s)
      arrays[s] = array_of(state_[s]).data();
    optimizer_.apply(options_, step, {values, gradients, arrays, decay});
  };
  for (std::size_t k = 0; k < widths_.size(); ++k)
    apply(
      values_.weights[k], gradients_.weights[k],
      [k](parameter_set & x) -> auto& { return x.weights[k]; },
      options_.weight_decay);
  apply(
    values_.biases, gradients_.biases,
    [](parameter_set & x) -> auto& { return x.biases; }, 0.0f);
}

tensor dense::gather(const parameter_set& from, neuron_range range) const {
  matrix result{range.count, row_length_};
  for (std::size_t i = 0; i < range.count; ++i) {
    auto neuron = offset(range) + i;
    auto to = result.row(i).data();
    for (std::size_t k = 0; k < widths_.size(); ++k)
      to = std::copy_n(from.weights[k].data() + neuron * widths_[k], widths_[k],
                       to);
    *to = from.biases[neuron];
  }
  return std::move(result).freeze();
}

void dense::scatter(parameter_set& to, neuron_range range,
                    const tensor& values) {
  for (std::size_t i = 0; i < range.count; ++i) {
    auto neuron = offset(range) + i;
    auto from = values.row(i).data();
    for (std::size_t k = 0; k < widths_.size(); ++k) {
      std::copy_n(from, widths_[k], to.weights[k].data() + neuron * widths_[k]);
      from += widths_[k];
    }
    to.biases[neuron] = *from;
  }
}

tensor dense::parameters(neuron_range range) const {
  return gather(values_, range);
}

void dense::set_parameters(neuron_range range, const tensor& values) {
  scatter(values_, range, values);
}

std::vector<tensor> dense::state(neuron_range range) const {
  std::vector<tensor> result;
  for (const auto& array : state_)
    result.push_back(gather(array, range));
  return result;
}

void dense::set_state(neuron_range range, std::span<const tensor> arrays) {
  for (std::size_t s = 0; s < state_.size(); ++s)
    scatter(state_[s], range, arrays[s]);
}

tensor dense::gradients(neuron_range range) const {
  return gather(gradients_, range);
}

} // namespace ganglion
