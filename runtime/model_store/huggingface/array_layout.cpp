#include "runtime/model_store/huggingface/array_layout.hpp"

#include <algorithm>
#include <bit>

namespace ganglion {

hf_layout::hf_layout(const network& net, const hf_source& x)
  : columns_(net.parts_of(x.layer)[x.part].columns),
    transposed_(x.transposed),
    shared_(x.shared) {
  const auto& part = net.parts_of(x.layer)[x.part];
  auto neurons = x.shared ? 1 : net.at(x.layer).neurons;
  if (part.input)
    inputs_ = net.width_of(net.at(x.layer).inputs[*part.input]);
  else if (x.transposed)
    inputs_ = columns_;
  else
    flat_ = true;
  own_rows_ = columns_ / inputs_;
  rows_ = x.parts * neurons * own_rows_;
  first_row_ = x.place * neurons * own_rows_;
}

std::vector<std::uint64_t> hf_layout::shape() const {
  if (flat_)
    return {rows_};
  if (transposed_)
    return {inputs_, rows_};
  return {rows_, inputs_};
}

template <class F>
void hf_layout::each(std::uint64_t neuron, F f) const {
  auto first = first_row_ + (shared_ ? 0 : neuron * own_rows_);
  if (!transposed_) {
    for (std::uint64_t i = 0; i < columns_; ++i)
      f(i, first * inputs_ + i);
    return;
  }
  for (std::uint64_t r = 0; r < own_rows_; ++r)
    for (std::uint64_t i = 0; i < inputs_; ++i)
      f(r * inputs_ + i, i * rows_ + first + r);
}

void hf_layout::take(std::span<const float> array, std::uint64_t neuron,
                     std::span<float> to) const {
  each(neuron, [&](auto own, auto there) { to[own] = array[there]; });
}

void hf_layout::put(std::span<const float> from, std::uint64_t neuron,
                    std::span<float> array) const {
  each(neuron, [&](auto own, auto there) { array[there] = from[own]; });
}

bool hf_layout::has(std::span<const float> values, std::uint64_t neuron,
                    std::span<const float> array) const {
  bool result = true;
  each(neuron, [&](auto own, auto there) {
    result = result
             && std::bit_cast<std::uint32_t>(values[own])
                  == std::bit_cast<std::uint32_t>(array[there]);
  });
  return result;
}

} // namespace ganglion
