#include "actors/kernel/layer_math.hpp"

#include <utility>

#include "actors/kernel/attention.hpp"
#include "actors/kernel/dense.hpp"
#include "actors/kernel/dropout.hpp"
#include "actors/kernel/embedding.hpp"
#include "actors/kernel/gated.hpp"
#include "actors/kernel/norm.hpp"
#include "actors/kernel/pool.hpp"
#include "actors/kernel/residual.hpp"
#include "actors/kernel/rms.hpp"
#include "actors/kernel/sparse.hpp"

namespace ganglion {

std::unique_ptr<layer_math> make_layer_math(definition_ptr model, layer_id id,
                                            neuron_range range) {
  switch (model->net.at(id).kind) {
    case layer_kind::dense:
      return std::make_unique<dense>(std::move(model), id, range);
    case layer_kind::sparse:
      return std::make_unique<sparse>(std::move(model), id, range);
    case layer_kind::norm:
      return std::make_unique<norm>(std::move(model), id, range);
    case layer_kind::pool:
      return std::make_unique<pool>(std::move(model), id, range);
    case layer_kind::dropout:
      return std::make_unique<dropout>(std::move(model), id, range);
    case layer_kind::embedding:
      return std::make_unique<embedding>(std::move(model), id, range);
    case layer_kind::rms:
      return std::make_unique<rms>(std::move(model), id, range);
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

} // namespace ganglion
