// The arithmetic of one group of neurons, free of CAF: a layer kind implements
// this (see block_math.hpp) and is listed in layer_math.cpp. Its parameters lie
// in a parameter_block. Single-threaded, owned by one actor. It decides no
// order of addition across blocks: the caller walks the tree.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "actors/kernel/parameter_block.hpp"
#include "metadata/network/network.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// What the rows of a forward pass are.
struct pass {
  /// Whether a backward pass is to follow.
  bool training = false;
  /// Updates that the weights have seen.
  std::uint64_t step = 0;
  /// Of the first row, among all samples of the step.
  std::uint64_t first_row = 0;
};

/// What the forward pass keeps for the backward pass of one micro-batch.
struct forward_state {
  /// One per input layer: [rows x width of that input], contiguous.
  std::vector<tensor> inputs;
  /// [rows x neurons x values]: what the group sends on.
  tensor outputs;
  /// What else the kind needs, in an order and shapes of its own.
  std::vector<tensor> saved;
  /// Where the first input is normalised: by what. It is kept as it came.
  tensor standing;
};

class layer_math {
public:
  virtual ~layer_math() = default;

  /// Computes the outputs of all neurons of the group.
  virtual forward_state forward(std::vector<tensor> inputs, const pass& now)
    = 0;

  forward_state forward(std::vector<tensor> inputs) {
    return forward(std::move(inputs), pass{});
  }

  /// Takes dL/d(outputs) [rows x neurons x values] of one micro-batch, and
  /// keeps what the functions below need until the next call. They come in this
  /// order: `input_gradient` first, since others wait for it, then
  /// `accumulate`. A kind that is not trainable is never asked.
  virtual void backward(const forward_state& state, const tensor& out_gradient)
    = 0;

  /// Whether `input_gradient` adds several whole blocks up by itself, as the
  /// tree of sums does.
  [[nodiscard]] virtual bool adds_blocks() const {
    return false;
  }

  /// The part of dL/d(input `input`) that flows through `part`, one block of
  /// the group's (or what the group holds of it; or neighbouring blocks, where
  /// it `adds_blocks`): [rows x width of the input].
  /// Valid after `backward` for the same micro-batch.
  virtual matrix input_gradient(std::size_t input, neuron_range part) = 0;

  /// Adds this micro-batch's gradients of the parameters to the running sums;
  /// the first micro-batch of a step starts them. Nothing where there are none.
  virtual void accumulate(const forward_state&, bool /*first_micro_batch*/) {
    // nop
  }

  /// `accumulate` and `update` for a step of one micro-batch. A layer may do
  /// without the sums then; the bits are those of the two calls.
  virtual void accumulate_and_update(const forward_state& state,
                                     std::uint64_t step) {
    accumulate(state, true);
    block().update(step);
  }

  [[nodiscard]] virtual parameter_block& block() noexcept = 0;
};

/// Makes the arithmetic for the neurons `range` of layer `id`, with initial
/// weights drawn from (seed, neuron, input) alone; null where the engine gives
/// the values.
std::unique_ptr<layer_math> make_layer_math(definition_ptr model, layer_id id,
                                            neuron_range range);

} // namespace ganglion
