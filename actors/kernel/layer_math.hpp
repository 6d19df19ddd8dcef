// The arithmetic of one group of neurons, free of CAF: a layer kind implements
// this and is listed in make_layer_math. Single-threaded, owned by one actor.
// It decides no order of addition across blocks: the caller walks the tree.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "actors/kernel/work_meter.hpp"
#include "metadata/network.hpp"
#include "metadata/neuron_range.hpp"
#include "metadata/tensor.hpp"
#include "metadata/training_options.hpp"

namespace ganglion {

/// What weights and their arithmetic follow from, the same for all groups.
struct model_definition {
  network net;
  training_options training;
  /// Is told of every piece of a computation: one may take long.
  std::shared_ptr<work_meter> work = std::make_shared<work_meter>();
  /// A learning rate that was chosen since, instead of that of the options; 0
  /// where none was. Changes only while nothing computes.
  std::shared_ptr<std::atomic<float>> chosen_rate
    = std::make_shared<std::atomic<float>>(0.0f);
};

/// The optimizer's options at update `step`, counted from 1, with the rate that
/// is in force then.
optimizer_options options_at(const model_definition& model, std::uint64_t step);

/// Shared with the groups, of which there may be millions.
using definition_ptr = std::shared_ptr<const model_definition>;

/// What the forward pass keeps for the backward pass of one micro-batch.
struct forward_state {
  /// One per input layer: [rows x width of that input], contiguous.
  std::vector<tensor> inputs;
  /// Before the activation, only where its derivative needs it.
  tensor raw;
  /// [rows x neurons x values]: what the group sends on.
  tensor outputs;
};

class layer_math {
public:
  virtual ~layer_math() = default;

  /// Computes the outputs of all neurons of the group.
  virtual forward_state forward(std::vector<tensor> inputs) = 0;

  /// Takes dL/d(outputs) [rows x neurons x values] of one micro-batch, and
  /// keeps what the functions below need until the next call. They come in this
  /// order: `input_gradient` first, since others wait for it, then
  /// `accumulate`.
  virtual void backward(const forward_state& state, const tensor& out_gradient)
    = 0;

  /// The part of dL/d(input `input`) that flows through `part`, one block of
  /// the group's (or what the group holds of it): [rows x width of the input].
  /// Valid after `backward` for the same micro-batch.
  virtual matrix input_gradient(std::size_t input, neuron_range part) = 0;

  /// Adds this micro-batch's weight and bias gradients to the running sums; the
  /// first micro-batch of a step starts them.
  virtual void accumulate(const forward_state& state, bool first_micro_batch)
    = 0;

  /// For each neuron of the group, the sum of the squares of its summed
  /// gradients: weights input by input, then the bias. Valid after
  /// `accumulate`.
  virtual void squared_gradients(std::span<double> to) const = 0;

  /// Multiplies the summed gradients.
  virtual void scale_gradients(float by) = 0;

  /// One optimizer step with the summed gradients. `step` counts from 1.
  virtual void update(std::uint64_t step) = 0;

  /// `accumulate` and `update` for a step of one micro-batch. A layer may do
  /// without the sums then, and round differently from the two calls.
  virtual void accumulate_and_update(const forward_state& state,
                                     std::uint64_t step) {
    accumulate(state, true);
    update(step);
  }

  /// Parameters of a sub-range, a row per neuron: weights input by input, then
  /// the bias.
  [[nodiscard]] virtual tensor parameters(neuron_range range) const = 0;

  /// Replaces parameters of a sub-range; shape as `parameters` gives it.
  virtual void set_parameters(neuron_range range, const tensor& values) = 0;

  /// The optimizer's arrays (0 for SGD, 1 for momentum, 2 for Adam), each in
  /// the shape of `parameters`.
  [[nodiscard]] virtual std::vector<tensor> state(neuron_range range) const = 0;

  /// Replaces them; must have as many arrays as `state` gives.
  virtual void set_state(neuron_range range, std::span<const tensor> arrays)
    = 0;

  /// The summed gradients of the current step, in the shape of `parameters`.
  [[nodiscard]] virtual tensor gradients(neuron_range range) const = 0;
};

/// Makes the arithmetic for the neurons `range` of layer `id`, with initial
/// weights drawn from (seed, neuron, input) alone.
std::unique_ptr<layer_math> make_layer_math(definition_ptr model, layer_id id,
                                            neuron_range range);

} // namespace ganglion
