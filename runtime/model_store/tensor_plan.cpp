#include "runtime/model_store/tensor_plan.hpp"

namespace ganglion {

std::vector<planned_tensor> tensors_of(const network& net) {
  std::vector<planned_tensor> result;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    const auto& x = net.at(id);
    std::uint64_t column = 0;
    for (auto input : x.inputs) {
      auto name = x.name + ".weight";
      if (x.inputs.size() > 1)
        name += "." + net.at(input).name;
      result.push_back({name, id, column, net.width_of(input)});
      column += net.width_of(input);
    }
    if (!x.inputs.empty())
      result.push_back({x.name + ".bias", id, column, 1, true});
  }
  return result;
}

std::vector<std::uint64_t> shape_of(const network& net,
                                    const planned_tensor& x) {
  auto rows = net.at(x.layer).neurons;
  if (x.bias)
    return {rows};
  return {rows, x.columns};
}

} // namespace ganglion
