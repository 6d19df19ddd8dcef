// How a model's parameters are called in files of other programs: the parts
// that the rule of a layer's kind names, after the layer, such as NAME.weight
// [neurons x inputs] and NAME.bias [neurons]. What export writes and import
// looks for. Pure functions; no file is touched.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/network/network.hpp"

namespace ganglion {

/// Columns of a layer's rows of parameters that make one array of a file.
struct planned_tensor {
  std::string name;
  layer_id layer = 0;
  std::uint64_t first_column = 0;
  std::uint64_t columns = 0;
  /// Whether a file has one number per neuron, [neurons].
  bool vector = false;
  /// Whether a file may leave it out.
  bool optional = false;
};

/// All of a network, layer by layer, weights before biases.
std::vector<planned_tensor> tensors_of(const network& net);

/// Rows and columns, of a bias only the rows.
std::vector<std::uint64_t> shape_of(const network& net,
                                    const planned_tensor& x);

} // namespace ganglion
