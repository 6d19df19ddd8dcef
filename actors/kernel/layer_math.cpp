#include "actors/kernel/layer_math.hpp"

#include <utility>

#include "actors/kernel/dense.hpp"
#include "actors/kernel/sparse.hpp"

namespace ganglion {

optimizer_options options_at(const model_definition& model,
                             std::uint64_t step) {
  auto training = model.training;
  auto chosen = model.chosen_rate->load(std::memory_order_relaxed);
  if (chosen > 0)
    training.optimizer.learning_rate = chosen;
  training.optimizer.learning_rate = rate_of(training, step);
  return training.optimizer;
}

std::unique_ptr<layer_math> make_layer_math(definition_ptr model, layer_id id,
                                            neuron_range range) {
  switch (model->net.at(id).kind) {
    case layer_kind::dense:
      return std::make_unique<dense>(std::move(model), id, range);
    case layer_kind::sparse:
      return std::make_unique<sparse>(*model, id, range);
    case layer_kind::input:
      break;
  }
  return nullptr;
}

} // namespace ganglion
