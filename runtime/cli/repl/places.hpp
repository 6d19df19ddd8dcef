// One parameter of neurons as the prompt writes it: hidden1[5].weight[3].
#pragma once

#include <cstdint>
#include <string>

#include <caf/expected.hpp>

#include "metadata/network/network.hpp"

namespace ganglion::cli {

/// "hidden1[5].weight[3]" cut in two: the neurons, and the column of their rows
/// of parameters.
struct place {
  neuron_range neurons;
  std::uint64_t column = 0;
  /// "weight[3]"
  std::string name;
};

/// Errors, which say what there is: bad_argument.
caf::expected<place> to_place(const network& net, const std::string& text);

} // namespace ganglion::cli
