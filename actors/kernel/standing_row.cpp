#include "actors/kernel/standing_row.hpp"

namespace ganglion {

forward_state standing_row::forward(std::vector<tensor>, const pass&) {
  auto parts = block_.parts().size();
  matrix outputs{1, block_.range().count * parts};
  for (std::size_t i = 0; i < outputs.columns(); ++i)
    outputs.data()[i] = block_.values(i % parts)[i / parts];
  return {{}, std::move(outputs).freeze(), {}};
}

void standing_row::backward(const forward_state&, const tensor& out_gradient) {
  gradient_ = out_gradient;
}

matrix standing_row::input_gradient(std::size_t, neuron_range) {
  return {};
}

void standing_row::accumulate(const forward_state&, bool first_micro_batch) {
  auto parts = block_.parts().size();
  for (std::size_t i = 0; i < gradient_.columns(); ++i) {
    auto& to = block_.gradients(i % parts)[i / parts];
    to = first_micro_batch ? gradient_.row(0)[i] : to + gradient_.row(0)[i];
  }
}

} // namespace ganglion
