#include "actors/kernel/layer_math.hpp"

#include <optional>
#include <utility>

#include "actors/kernel/attention.hpp"
#include "actors/kernel/dense.hpp"
#include "actors/kernel/dropout.hpp"
#include "actors/kernel/embedding.hpp"
#include "actors/kernel/gated.hpp"
#include "actors/kernel/norm.hpp"
#include "actors/kernel/normalised.hpp"
#include "actors/kernel/pool.hpp"
#include "actors/kernel/residual.hpp"
#include "actors/kernel/sparse.hpp"
#include "actors/kernel/standing_row.hpp"
#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

std::unique_ptr<layer_math> make_norm(definition_ptr model, layer_id id,
                                      neuron_range range) {
  if (model->net.stands(id))
    return std::make_unique<standing_row>(std::move(model), id, range);
  const auto& self = model->net.at(id);
  auto how = *rule_of(self).normalisation(self);
  return std::make_unique<norm>(std::move(model), id, range, how);
}

std::unique_ptr<layer_math> make_kind(definition_ptr model, layer_id id,
                                      neuron_range range) {
  switch (model->net.at(id).kind) {
    case layer_kind::dense:
      return std::make_unique<dense>(std::move(model), id, range);
    case layer_kind::sparse:
      return std::make_unique<sparse>(std::move(model), id, range);
    case layer_kind::norm:
    case layer_kind::rms:
      return make_norm(std::move(model), id, range);
    case layer_kind::pool:
      return std::make_unique<pool>(std::move(model), id, range);
    case layer_kind::dropout:
      return std::make_unique<dropout>(std::move(model), id, range);
    case layer_kind::embedding:
      return std::make_unique<embedding>(std::move(model), id, range);
    case layer_kind::attention:
      return std::make_unique<attention>(std::move(model), id, range);
    case layer_kind::gated:
      return std::make_unique<gated>(std::move(model), id, range);
    case layer_kind::residual:
      return std::make_unique<residual>(std::move(model), id, range);
    case layer_kind::input:
      break;
  }
  return nullptr;
}

} // namespace

std::unique_ptr<layer_math> make_layer_math(definition_ptr model, layer_id id,
                                            neuron_range range) {
  std::optional<row_normalisation> how;
  const auto& inputs = model->net.at(id).inputs;
  if (!inputs.empty() && model->net.stands(inputs.back()))
    how = rule_of(model->net.at(inputs.back()))
            .normalisation(model->net.at(inputs.back()));
  auto result = make_kind(std::move(model), id, range);
  if (!how)
    return result;
  return std::make_unique<normalised>(std::move(result), *how);
}

} // namespace ganglion
