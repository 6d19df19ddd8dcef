#include "metadata/network/neuron_range.hpp"

#include <fmt/format.h>

namespace ganglion {

void append(std::vector<neuron_range>& to, neuron_range x) {
  if (!to.empty() && to.back().end() == x.first)
    to.back().count += x.count;
  else
    to.push_back(x);
}

std::string to_string(neuron_range x) {
  if (x.count == 0)
    return "nothing";
  if (x.count == 1)
    return fmt::format("{}", x.first);
  return fmt::format("{}-{}", x.first, x.end() - 1);
}

} // namespace ganglion
