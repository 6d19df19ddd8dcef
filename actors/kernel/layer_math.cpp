#include "actors/kernel/layer_math.hpp"

#include "actors/kernel/dense.hpp"

namespace ganglion {

std::unique_ptr<layer_math> make_layer_math(const network& net, layer_id id,
                                            neuron_range range,
                                            const training_options& options) {
  switch (net.at(id).kind) {
    case layer_kind::dense:
      return std::make_unique<dense>(net, id, range, options);
    case layer_kind::input:
      break;
  }
  return nullptr;
}

} // namespace ganglion
