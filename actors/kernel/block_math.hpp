// What the arithmetic of each layer kind begins with: the parameters of its
// group. For kinds' own files; others see layer_math.hpp.
#pragma once

#include <utility>

#include "actors/kernel/layer_math.hpp"
#include "metadata/network/blocks.hpp"

namespace ganglion {

class block_math : public layer_math {
public:
  block_math(definition_ptr model, layer_id id, neuron_range range)
    : block_(std::move(model), id, range) {
    // nop
  }

  [[nodiscard]] parameter_block& block() noexcept override {
    return block_;
  }

protected:
  /// Of the blocks that the group holds, or of what it holds of them.
  template <class F>
  void each_block(F f) const {
    for_each_block(block_.model().net, block_.id(), block_.range(),
                   [&](neuron_range x) {
                     f(x);
                     block_.model().work->add();
                   });
  }

  parameter_block block_;
};

} // namespace ganglion
