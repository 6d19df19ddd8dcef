// The parameters of one group of neurons, laid out part by part as the rule of
// the layer's kind says: values, the optimizer's arrays, the sums of gradients,
// and the slices that are fetched, stored, moved and digested. The same for all
// kinds. Owned by one actor; knows no arithmetic but the optimizer's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "actors/kernel/work_meter.hpp"
#include "metadata/network/network.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/training/training_options.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// What weights and their arithmetic follow from, the same for all groups.
struct model_definition {
  network net;
  training_options training;
  /// Of initial weights, where they are to be normal (see initial_weights.hpp);
  /// 0: within the bounds of their layer.
  float initial_deviation = 0;
  /// Weights are zeros at first: others come before anybody computes.
  bool blank = false;
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

class parameter_block {
public:
  /// With initial values; what is drawn follows from (seed, neuron, input)
  /// alone. Parts whose neurons have rows of their own lengths are filled with
  /// zeros, for the kind to draw.
  parameter_block(definition_ptr model, layer_id id, neuron_range range);

  [[nodiscard]] const model_definition& model() const noexcept {
    return *model_;
  }

  [[nodiscard]] const layer& self() const {
    return model_->net.at(id_);
  }

  [[nodiscard]] layer_id id() const noexcept {
    return id_;
  }

  [[nodiscard]] neuron_range range() const noexcept {
    return range_;
  }

  [[nodiscard]] std::span<const parameter_part> parts() const {
    return model_->net.parts_of(id_);
  }

  /// Position of the first neuron of `range` in this group.
  [[nodiscard]] std::size_t position(neuron_range range) const noexcept {
    return range.first - range_.first;
  }

  /// Position of the first neuron of `range` in the whole layer.
  [[nodiscard]] std::size_t column(neuron_range range) const {
    return range.first - model_->net.range_of(id_).first;
  }

  /// Where a part begins in an array of the shape of the parameters, [neurons x
  /// columns]; past the last part, its end.
  [[nodiscard]] std::size_t offset_of(std::size_t part) const;

  /// Where the row of the group's neuron `i` begins in that part, or the next
  /// one's for i + 1.
  [[nodiscard]] std::size_t row_of(std::size_t part, std::size_t i) const;

  [[nodiscard]] float* values(std::size_t part) {
    return values_.data() + offset_of(part);
  }

  [[nodiscard]] const float* values(std::size_t part) const {
    return values_.data() + offset_of(part);
  }

  /// Sums of gradients, in the shape of the parameters; made when first asked
  /// for, since a step of one micro-batch may do without, and a group may be a
  /// single neuron, one of a million that only answer.
  [[nodiscard]] float* gradients(std::size_t part);

  // -- what groups do with the whole of it ------------------------------------

  /// For each neuron, the sum of the squares of its summed gradients, part by
  /// part.
  void squared_gradients(std::span<double> to) const;

  /// Multiplies the summed gradients.
  void scale_gradients(float by);

  /// One optimizer step with the summed gradients. `step` counts from 1.
  void update(std::uint64_t step);

  /// Parameters of a sub-range, a row per neuron: part by part.
  [[nodiscard]] tensor parameters(neuron_range range) const;

  /// Replaces parameters of a sub-range; shape as `parameters` gives it.
  void set_parameters(neuron_range range, const tensor& values);

  /// The optimizer's arrays, each in the shape of `parameters`; none where
  /// nothing is trained.
  [[nodiscard]] std::vector<tensor> state(neuron_range range) const;

  /// Replaces them; must have as many arrays as `state` gives.
  void set_state(neuron_range range, std::span<const tensor> arrays);

  /// The summed gradients of the current step, in the shape of `parameters`.
  [[nodiscard]] tensor gradients(neuron_range range) const;

private:
  [[nodiscard]] std::size_t size() const {
    return offset_of(parts().size());
  }

  void draw();
  [[nodiscard]] tensor gather(const float* from, neuron_range range) const;
  void scatter(float* to, neuron_range range, const tensor& values) const;

  definition_ptr model_;
  neuron_range range_;
  layer_id id_;
  /// The parameters; then the optimizer's arrays, each in the same shape.
  std::vector<float> values_;
  std::unique_ptr<std::vector<float>> gradients_;
  /// Of a part with rows of different lengths: where each begins, and the end.
  std::unique_ptr<std::vector<std::size_t>> starts_;
};

} // namespace ganglion
