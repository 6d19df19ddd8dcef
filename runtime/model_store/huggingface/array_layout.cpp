#include "runtime/model_store/huggingface/array_layout.hpp"

#include <algorithm>
#include <bit>

namespace ganglion {

hf_layout::hf_layout(const network& net, const hf_source& x) {
  const auto& part = net.parts_of(x.layer)[x.part];
  auto& to = place_;
  to.columns = part.columns;
  to.transposed = x.transposed;
  to.shared = x.shared;
  auto neurons = x.shared ? 1 : net.at(x.layer).neurons;
  if (part.input)
    to.inputs = net.width_of(net.at(x.layer).inputs[*part.input]);
  else if (x.transposed)
    to.inputs = part.columns;
  else
    flat_ = true;
  to.own_rows = part.columns / to.inputs;
  to.rows = x.parts * neurons * to.own_rows;
  to.first_row = x.place * neurons * to.own_rows;
}

std::vector<std::uint64_t> hf_layout::shape() const {
  if (flat_)
    return {place_.rows};
  if (place_.transposed)
    return {place_.inputs, place_.rows};
  return {place_.rows, place_.inputs};
}

void hf_layout::take(std::span<const float> array, std::uint64_t neuron,
                     std::span<float> to) const {
  place_.each(neuron, [&](auto own, auto there) { to[own] = array[there]; });
}

void hf_layout::put(std::span<const float> from, std::uint64_t neuron,
                    std::span<float> array) const {
  place_.each(neuron, [&](auto own, auto there) { array[there] = from[own]; });
}

bool hf_layout::has(std::span<const float> values, std::uint64_t neuron,
                    std::span<const float> array) const {
  bool result = true;
  place_.each(neuron, [&](auto own, auto there) {
    result = result
             && std::bit_cast<std::uint32_t>(values[own])
                  == std::bit_cast<std::uint32_t>(array[there]);
  });
  return result;
}

} // namespace ganglion
