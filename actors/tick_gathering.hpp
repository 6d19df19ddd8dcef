// Gathers one tick of a layer that reads itself: the values of this node's
// groups one by one, those that it reads of other nodes' in one piece each.
// Plain values owned by one relay, one object per micro-batch and tick. It
// sends nothing.
#pragma once

#include <vector>

#include <caf/error.hpp>

#include "metadata/placement/registry.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

class tick_gathering {
public:
  /// Of the layer with these neurons, of so many values each. `routes` must
  /// outlive this.
  tick_gathering(neuron_range layer, std::uint64_t values,
                 const tick_routes& routes);

  /// Adds [rows x range x values] of a group of this node. Errors: no group's
  /// range, one that came before, another shape.
  caf::error add_own(neuron_range range, const tensor& part);

  /// The same for what another node tells: `what` begins with the first neuron
  /// and counts them (see tick_values).
  caf::error add_others(neuron_range what, const tensor& part);

  /// Whether all of this node's are there.
  [[nodiscard]] bool own_complete() const noexcept {
    return own_left_ == 0;
  }

  [[nodiscard]] bool complete() const noexcept {
    return own_left_ == 0 && others_left_ == 0;
  }

  /// What goes to another node, once all of this node's are there.
  [[nodiscard]] tensor values_of(const tick_batch& batch) const;

  /// The whole layer [rows x width], once complete; columns that nobody here
  /// reads are undefined.
  tensor finish();

private:
  caf::error take(std::size_t index, std::span<const neuron_range> ranges,
                  const tensor& part);

  neuron_range layer_;
  std::uint64_t values_per_neuron_;
  const tick_routes* routes_;
  matrix values_;
  /// Groups of this node, then other nodes.
  std::vector<bool> seen_;
  std::size_t own_left_;
  std::size_t others_left_;
};

} // namespace ganglion
