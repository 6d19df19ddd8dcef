#include "runtime/model_store/exchange/tensor_plan.hpp"

namespace ganglion {

std::vector<planned_tensor> tensors_of(const network& net) {
  std::vector<planned_tensor> result;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    std::uint64_t column = 0;
    for (const auto& part : net.parts_of(id)) {
      result.push_back({net.at(id).name + "." + part.name, id, column,
                        part.columns, part.vector, part.optional});
      column += part.columns;
    }
  }
  return result;
}

std::vector<std::uint64_t> shape_of(const network& net,
                                    const planned_tensor& x) {
  auto rows = net.at(x.layer).neurons;
  if (x.vector)
    return {rows};
  return {rows, x.columns};
}

} // namespace ganglion
